// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/gossip_seal.h"

#include <sodium.h>

#include <array>
#include <string_view>

#include "common/byte_reader.h"
#include "common/byte_writer.h"

namespace openmosix::balance {
namespace {

constexpr std::string_view context = "clusterdisc load gossip 1";
constexpr std::size_t code_size = crypto_generichash_BYTES_MIN;
static_assert(gossip_seal_size == sizeof(clusterdisc::KeyId) + code_size);

using Code = std::array<std::uint8_t, code_size>;

Code code_of(std::span<const std::uint8_t> content, const clusterdisc::DerivedKeys& keys) {
    std::array<std::uint8_t, crypto_generichash_KEYBYTES> key{};
    const std::vector<std::uint8_t> purpose(context.begin(), context.end());
    crypto_generichash(key.data(), key.size(), purpose.data(), purpose.size(), keys.migration.data(),
                       keys.migration.size());
    Code code{};
    crypto_generichash(code.data(), code.size(), content.data(), content.size(), key.data(), key.size());
    ::sodium_memzero(key.data(), key.size());
    return code;
}

}  // namespace

std::vector<std::uint8_t> seal_gossip(const GossipMessage& message, const clusterdisc::KeyRing& keys) {
    const std::vector<std::uint8_t> content = encode(message);
    clusterdisc::ByteWriter writer(content.size() + gossip_seal_size);
    writer.number(keys.sealing().id);
    writer.bytes(content);
    std::vector<std::uint8_t> datagram = std::move(writer).take();
    const Code code = code_of(datagram, keys.sealing());
    datagram.insert(datagram.end(), code.begin(), code.end());
    return datagram;
}

std::optional<GossipMessage> open_gossip(std::span<const std::uint8_t> datagram, const clusterdisc::KeyRing& keys) {
    if (datagram.size() < gossip_seal_size || datagram.size() > max_sealed_gossip_size) {
        return std::nullopt;
    }
    clusterdisc::ByteReader reader(datagram);
    const clusterdisc::DerivedKeys* key = keys.find(reader.number<clusterdisc::KeyId>());
    if (key == nullptr) {
        return std::nullopt;
    }
    const Code code = code_of(datagram.first(datagram.size() - code_size), *key);
    if (::sodium_memcmp(code.data(), datagram.last(code_size).data(), code_size) != 0) {
        return std::nullopt;
    }
    return decode_gossip(reader.bytes(datagram.size() - gossip_seal_size));
}

}  // namespace openmosix::balance
