// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/envelope.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <random>
#include <set>
#include <stdexcept>

#include "wire/message_codec.h"
#include "wire/message_samples.h"

namespace clusterdisc {
namespace {

KeyRing ring_with(const std::vector<ClusterSecret>& secrets) {
    return {secrets, "omcluster"};
}

Message greeting() {
    Message message;
    message.sender = usual_record().identity;
    message.sequence = 1;
    message.rumours = {alive(usual_record())};
    return message;
}

Refusal refusal_of(std::span<const std::uint8_t> datagram, const KeyRing& keys) {
    const Opened opened = open_envelope(datagram, keys);
    EXPECT_FALSE(opened.message);
    return opened.refusal;
}

/// As seal(), but for any bytes.
std::vector<std::uint8_t> seal_bytes(std::span<const std::uint8_t> plain, const KeyRing& keys) {
    std::vector<std::uint8_t> datagram = seal(greeting(), keys);
    const std::size_t header = envelope_overhead - crypto_aead_xchacha20poly1305_ietf_ABYTES;
    datagram.resize(envelope_overhead + plain.size());
    crypto_aead_xchacha20poly1305_ietf_encrypt(&datagram.at(header), nullptr, plain.data(), plain.size(),
                                               datagram.data(), header, nullptr, &datagram.at(9),
                                               keys.sealing().message.data());
    return datagram;
}

TEST(Envelope, OpensToWhatWasSealed) {
    const KeyRing keys = ring_with({ClusterKey{1}});
    std::seed_seq seed{3};
    std::mt19937_64 random(seed);
    for (int round = 0; round < 500; ++round) {
        const Message message = random_message(random);
        const std::size_t size = encode(message).size();
        if (size > max_message) {
            EXPECT_THROW(seal(message, keys), std::logic_error) << size;
            continue;
        }
        const auto datagram = seal(message, keys);
        EXPECT_EQ(datagram.size(), size + envelope_overhead);
        const Opened opened = open_envelope(datagram, keys);
        ASSERT_TRUE(opened.message) << to_text(opened.refusal);
        EXPECT_TRUE(is_same(*opened.message, message));
    }
}

TEST(Envelope, TakesTheLongestMessageAndNoLongerOne) {
    const KeyRing keys = ring_with({ClusterKey{1}});
    Message message = greeting();
    message.rumours.clear();
    NodeRecord record = usual_record();
    std::size_t size = encode(message).size();
    for (record.incarnation = 0; size + encoded_size(alive(record)) + 60 <= max_message; ++record.incarnation) {
        message.rumours.push_back(alive(record));
        size += encoded_size(message.rumours.back());
    }
    record.endpoints.clear();
    record.name = "n";
    const std::size_t rest = max_message - size - encoded_size(alive(record));
    record.name.resize(1 + rest % max_node_name, 'n');
    for (std::size_t left = rest - rest % max_node_name; left >= 7; left -= 7) {
        record.endpoints.push_back({*parse_ip_address("192.0.2.1"), 1});
    }
    message.rumours.push_back(alive(record));
    ASSERT_EQ(encode(message).size(), max_message);
    EXPECT_EQ(seal(message, keys).size(), max_datagram);
    EXPECT_TRUE(open_envelope(seal(message, keys), keys).message);

    record.name += 'n';
    message.rumours.back() = alive(record);
    EXPECT_THROW(seal(message, keys), std::logic_error);
}

TEST(Envelope, IsRefusedWithAnyByteChanged) {
    const KeyRing keys = ring_with({ClusterKey{1}});
    const auto datagram = seal(greeting(), keys);
    for (std::size_t position = 0; position < datagram.size(); ++position) {
        auto changed = datagram;
        changed[position] ^= 0x10U;
        const Refusal expected = position < 4    ? Refusal::garbage
                                 : position == 4 ? Refusal::other_version
                                 : position < 9  ? Refusal::other_key
                                                 : Refusal::forged;
        EXPECT_EQ(refusal_of(changed, keys), expected) << position;
    }
}

TEST(Envelope, IsRefusedCutExtendedAndOversized) {
    const KeyRing keys = ring_with({ClusterKey{1}});
    auto datagram = seal(greeting(), keys);
    for (std::size_t size = 0; size < datagram.size(); ++size) {
        const Refusal expected = size < envelope_overhead ? Refusal::garbage : Refusal::forged;
        EXPECT_EQ(refusal_of(std::span(datagram).first(size), keys), expected) << size;
    }
    datagram.push_back(0);
    EXPECT_EQ(refusal_of(datagram, keys), Refusal::forged);
    EXPECT_EQ(refusal_of(seal_bytes(std::vector<std::uint8_t>(max_message + 1), keys), keys), Refusal::garbage);
}

TEST(Envelope, OfAnotherVersionIsRecognisedWhateverItsLength) {
    const KeyRing keys = ring_with({ClusterKey{1}});
    const std::vector<std::uint8_t> datagram = {'O', 'M', 'D', 'C', 2};
    EXPECT_EQ(refusal_of(datagram, keys), Refusal::other_version);
}

TEST(Envelope, SealedButSenselessIsMalformed) {
    const KeyRing keys = ring_with({ClusterKey{1}});
    EXPECT_EQ(refusal_of(seal_bytes({}, keys), keys), Refusal::malformed);
    EXPECT_EQ(refusal_of(seal_bytes(std::vector<std::uint8_t>(66), keys), keys), Refusal::malformed);
}

TEST(Envelope, IsOpenedWithEitherKeyDuringRotation) {
    const KeyRing old_ring = ring_with({ClusterKey{1}});
    const KeyRing adding = ring_with({ClusterKey{1}, ClusterKey{2}});
    const KeyRing switched = ring_with({ClusterKey{2}, ClusterKey{1}});
    const KeyRing new_ring = ring_with({ClusterKey{2}});
    EXPECT_TRUE(open_envelope(seal(greeting(), old_ring), adding).message);
    EXPECT_TRUE(open_envelope(seal(greeting(), adding), old_ring).message);
    EXPECT_TRUE(open_envelope(seal(greeting(), adding), switched).message);
    EXPECT_TRUE(open_envelope(seal(greeting(), switched), adding).message);
    EXPECT_TRUE(open_envelope(seal(greeting(), switched), new_ring).message);
    EXPECT_EQ(refusal_of(seal(greeting(), new_ring), old_ring), Refusal::other_key);
}

TEST(Envelope, NeverUsesANonceTwice) {
    const KeyRing keys = ring_with({ClusterKey{1}});
    std::set<std::vector<std::uint8_t>> nonces;
    for (int round = 0; round < 100; ++round) {
        const auto datagram = seal(greeting(), keys);
        nonces.emplace(datagram.begin() + 9, datagram.begin() + 33);
    }
    EXPECT_EQ(nonces.size(), 100U);
}

TEST(Refusal, HasWordsForEachReason) {
    std::set<std::string> words;
    for (std::size_t refusal = 0; refusal < refusals; ++refusal) {
        words.insert(to_text(static_cast<Refusal>(refusal)));
    }
    EXPECT_EQ(words.size(), refusals);
}

}  // namespace
}  // namespace clusterdisc
