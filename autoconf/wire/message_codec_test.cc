// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/message_codec.h"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <random>
#include <stdexcept>

#include "wire/message_samples.h"

namespace clusterdisc {
namespace {

Message gossip_of(const Rumour& rumour) {
    Message message;
    message.kind = Kind::gossip;
    message.sender = {1};
    message.rumours = {rumour};
    return message;
}

TEST(MessageCodec, DecodesWhatItEncodedAndPredictsItsSize) {
    std::seed_seq seed{1};
    std::mt19937_64 random(seed);
    for (int round = 0; round < 1000; ++round) {
        const Message message = random_message(random);
        const auto bytes = encode(message);
        const auto decoded = decode(bytes);
        ASSERT_TRUE(decoded) << "round " << round;
        EXPECT_TRUE(is_same(*decoded, message)) << "round " << round;
        const std::size_t size =
            std::accumulate(message.rumours.begin(), message.rumours.end(), encoded_size_without_rumours(message),
                            [](std::size_t sum, const Rumour& rumour) { return sum + encoded_size(rumour); });
        EXPECT_EQ(bytes.size(), size) << "round " << round;
    }
}

TEST(MessageCodec, AcceptsNoBytesThatItWouldNotMake) {
    std::seed_seq seed{2};
    std::mt19937_64 random(seed);
    for (int round = 0; round < 3000; ++round) {
        auto bytes = encode(random_message(random));
        const auto place = static_cast<std::size_t>(random() % std::min<std::size_t>(bytes.size(), 200));
        bytes[place] ^= static_cast<std::uint8_t>(1U << random() % 8);
        if (const auto decoded = decode(bytes)) {
            EXPECT_EQ(encode(*decoded), bytes) << "round " << round;
        }
    }
}

TEST(MessageCodec, RefusesEveryCutAndEveryExtension) {
    auto bytes = encode(gossip_of(alive(usual_record())));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode(std::span(bytes).first(size))) << size;
    }
    bytes.push_back(0);
    EXPECT_FALSE(decode(bytes));
}

TEST(MessageCodec, HasTheLayoutThatItsHeaderDocuments) {
    Message message = gossip_of(alive(usual_record()));
    message.recipient = {2};
    message.sequence = 0x0102030405060708;
    message.challenge = 3;
    message.echo = 4;
    message.table_digest = 5;
    Rumour death;
    death.subject = {6};
    death.incarnation = 0x0708090A;
    death.condition = Condition::dead;
    message.rumours.push_back(death);

    std::vector<std::uint8_t> expected;
    const auto add = [&expected](std::initializer_list<std::uint8_t> bytes, std::size_t zeros = 0) {
        expected.insert(expected.end(), bytes);
        expected.resize(expected.size() + zeros);
    };
    add({6});                                               // gossip
    add({1}, 15);                                           // sender
    add({2}, 15);                                           // recipient
    add({1, 2, 3, 4, 5, 6, 7, 8});                          // sequence
    add({0, 0, 0, 0, 0, 0, 0, 3});                          // challenge
    add({0, 0, 0, 0, 0, 0, 0, 4});                          // echo
    add({0, 0, 0, 0, 0, 0, 0, 5});                          // table digest
    add({2});                                               // rumours
    add({0x04, 0, 0, 0, 7});                                // alive, with a record; incarnation
    add({0x0A, 1, 2});                                      // settled member; node id
    add({0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88});  // hardware
    for (std::uint8_t byte = 0; byte < 32; ++byte) {
        add({byte});  // public key
    }
    add({0xCA, 0x6C});                      // WireGuard port
    add({1, 0xA1, 0xB2, 0xC3, 0xD4});       // keys
    add({2, 4, 192, 0, 2, 1, 0x15, 0x34});  // endpoints, the first
    add({6, 0xFE, 0x80}, 13);               // the second
    add({1, 0x15, 0x34});
    add({13, 'n', 'o', 'd', 'e', '-', '5', '2', '5', '4', '0', '0', '1', '2'});
    add({0x02, 6}, 15);  // dead; subject
    add({7, 8, 9, 10});  // incarnation
    EXPECT_EQ(encode(message), expected);
}

TEST(MessageCodec, PacksRumoursTightly) {
    Rumour suspicion;
    suspicion.subject = {1};
    suspicion.condition = Condition::suspect;
    EXPECT_EQ(encoded_size(suspicion), 21U);
    EXPECT_EQ(encoded_size(alive(usual_record())), 96U);
}

TEST(MessageCodec, FindsTheIdentityInTheKey) {
    const auto decoded = decode(encode(gossip_of(alive(usual_record()))));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->rumours.at(0).subject, identity_of(usual_record().public_key));
}

TEST(MessageCodec, DoesNotEncodeMessagesOutOfBounds) {
    const std::vector<std::pair<const char*, std::function<void(Message&)>>> faults = {
        {"kind", [](Message& message) { message.kind = static_cast<Kind>(last_kind + 1); }},
        {"sender", [](Message& message) { message.sender = {}; }},
        {"target", [](Message& message) { message.target = {1}; }},
        {"wants comparison", [](Message& message) { message.wants_comparison = true; }},
        {"part digests", [](Message& message) { message.part_digests.resize(table_parts); }},
        {"some part digests",
         [](Message& message) {
             message.kind = Kind::compare;
             message.part_digests.resize(1);
         }},
        {"rumours", [](Message& message) { message.rumours.resize(max_rumours + 1, message.rumours.front()); }},
        {"nobody",
         [](Message& message) {
             message.rumours.front() = {};
             message.rumours.front().condition = Condition::dead;
         }},
        {"no record", [](Message& message) { message.rumours.front().record = nullptr; }},
        {"condition", [](Message& message) { message.rumours.front().condition = static_cast<Condition>(4); }},
        {"subject", [](Message& message) { message.rumours.front().subject = {1}; }},
        {"incarnation", [](Message& message) { message.rumours.front().incarnation += 1; }},
    };
    for (const auto& [name, damage] : faults) {
        Message message = gossip_of(alive(usual_record()));
        EXPECT_NO_THROW(encode(message));
        damage(message);
        EXPECT_THROW(encode(message), std::logic_error) << name;
    }
}

TEST(MessageCodec, DoesNotEncodeRecordsOutOfBounds) {
    const std::vector<std::pair<const char*, std::function<void(NodeRecord&)>>> faults = {
        {"identity", [](NodeRecord& record) { record.identity = {1}; }},
        {"stage", [](NodeRecord& record) { record.stage = static_cast<Stage>(3); }},
        {"id", [](NodeRecord& record) { record.id = last_node_id + 1; }},
        {"member without id", [](NodeRecord& record) { record.id = 0; }},
        {"joining with id", [](NodeRecord& record) { record.stage = Stage::joining; }},
        {"keys", [](NodeRecord& record) { record.keys.resize(max_keys + 1); }},
        {"endpoints", [](NodeRecord& record) { record.endpoints.resize(max_endpoints + 1); }},
        {"IPv4", [](NodeRecord& record) { record.endpoints.front().address.bytes[4] = 1; }},
        {"no name", [](NodeRecord& record) { record.name.clear(); }},
        {"long name", [](NodeRecord& record) { record.name.assign(max_node_name + 1, 'n'); }},
        {"blank", [](NodeRecord& record) { record.name = "a b"; }},
        {"control character", [](NodeRecord& record) { record.name = "a\x7F"; }},
        {"not ASCII", [](NodeRecord& record) { record.name = "\xC3\xA4"; }},
    };
    for (const auto& [name, damage] : faults) {
        NodeRecord record = usual_record();
        damage(record);
        EXPECT_THROW(encode(gossip_of(alive(record))), std::logic_error) << name;
    }
}

TEST(MessageCodec, RefusesBytesOutOfRange) {
    const auto good = encode(gossip_of(alive(usual_record())));
    ASSERT_TRUE(decode(good));
    const std::vector<std::tuple<const char*, std::size_t, std::uint8_t>> faults = {
        {"kind", 0, 8},
        {"sender", 1, 0},
        {"more rumours", 65, 2},
        {"fewer rumours", 65, 0},
        {"no record", 66, 0},
        {"unused head bit", 66, 0x0C},
        {"stage", 71, 0x0B},
        {"unused state bit", 71, 0x2A},
        {"joining", 71, 0x08},
        {"keys", 116, 3},
        {"endpoints", 121, 9},
        {"family", 122, 5},
        {"no name", 148, 0},
        {"name", 149, ' '},
        {"end of name", 161, 0x7F},
    };
    for (const auto& [name, position, value] : faults) {
        auto bytes = good;
        ASSERT_NE(bytes.at(position), value) << name;
        bytes.at(position) = value;
        EXPECT_FALSE(decode(bytes)) << name;
    }
}

TEST(MessageCodec, RefusesComparisonsThatAreNotWhole) {
    Message message;
    message.kind = Kind::compare;
    message.sender = {1};
    auto bytes = encode(message);
    ASSERT_TRUE(decode(bytes));
    bytes.at(65) = 2;
    EXPECT_FALSE(decode(bytes)) << "neither true nor false";
    bytes.at(65) = 1;
    bytes.at(66) = 1;
    bytes.insert(bytes.begin() + 67, 8, std::uint8_t{0});
    EXPECT_FALSE(decode(bytes)) << "one digest only";
}

}  // namespace
}  // namespace clusterdisc
