// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/envelope.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "common/byte_reader.h"
#include "common/byte_writer.h"
#include "wire/message_codec.h"

namespace clusterdisc {
namespace {

constexpr std::array<std::uint8_t, 4> magic = {'O', 'M', 'D', 'C'};
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t header_size = magic.size() + sizeof envelope_version + sizeof(KeyId) + nonce_size;
static_assert(header_size + tag_size == envelope_overhead);
static_assert(sizeof(DerivedKeys::message) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

}  // namespace

std::vector<std::uint8_t> seal(const Message& message, const KeyRing& keys) {
    const std::vector<std::uint8_t> plain = encode(message);
    if (plain.size() > max_message) {
        throw std::logic_error("this message cannot be sent: it takes " + std::to_string(plain.size()) + " bytes, " +
                               std::to_string(max_message) + " fit into a datagram");
    }
    std::array<std::uint8_t, nonce_size> nonce{};
    ::randombytes_buf(nonce.data(), nonce.size());

    ByteWriter writer(plain.size() + envelope_overhead);
    writer.bytes(magic);
    writer.number(envelope_version);
    writer.number(keys.sealing().id);
    writer.bytes(nonce);
    std::vector<std::uint8_t> datagram = std::move(writer).take();
    datagram.resize(plain.size() + envelope_overhead);
    crypto_aead_xchacha20poly1305_ietf_encrypt(&datagram[header_size], nullptr, plain.data(), plain.size(),
                                               datagram.data(), header_size, nullptr, nonce.data(),
                                               keys.sealing().message.data());
    return datagram;
}

const char* to_text(Refusal refusal) {
    switch (refusal) {
        case Refusal::garbage:
            return "not a message of ClusterDisc";
        case Refusal::other_version:
            return "from another version of ClusterDisc";
        case Refusal::other_key:
            return "sealed with a key that is not ours";
        case Refusal::forged:
            return "damaged or forged";
        case Refusal::malformed:
            return "sealed with our key, but malformed";
    }
    return "refused";
}

Opened open_envelope(std::span<const std::uint8_t> datagram, const KeyRing& keys) {
    ByteReader reader(datagram);
    if (!std::ranges::equal(reader.bytes(magic.size()), magic)) {
        return {.message = std::nullopt, .refusal = Refusal::garbage};
    }
    // Before the length is looked at, for another version may have another header.
    const auto version = reader.number<std::uint8_t>();
    if (!reader.has_failed() && version != envelope_version) {
        return {.message = std::nullopt, .refusal = Refusal::other_version};
    }
    if (datagram.size() < envelope_overhead || datagram.size() > max_datagram) {
        return {.message = std::nullopt, .refusal = Refusal::garbage};
    }
    const DerivedKeys* key = keys.find(reader.number<KeyId>());
    if (key == nullptr) {
        return {.message = std::nullopt, .refusal = Refusal::other_key};
    }
    const auto nonce = reader.bytes(nonce_size);
    const auto sealed = datagram.subspan(header_size);
    std::vector<std::uint8_t> plain(sealed.size() - tag_size);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                   datagram.data(), header_size, nonce.data(),
                                                   key->message.data()) != 0) {
        return {.message = std::nullopt, .refusal = Refusal::forged};
    }
    return {.message = decode(plain), .refusal = Refusal::malformed};
}

}  // namespace clusterdisc
