// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/datagram_seal.h"

#include <sodium.h>

#include <array>
#include <string_view>
#include <utility>

#include "common/byte_reader.h"
#include "common/byte_writer.h"

namespace openmosix::balance {
namespace {

constexpr std::string_view context = "clusterdisc load gossip 1";
constexpr std::size_t code_size = crypto_generichash_BYTES_MIN;
static_assert(datagram_seal_size == sizeof(clusterdisc::KeyId) + code_size);

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

std::vector<std::uint8_t> seal_datagram(std::span<const std::uint8_t> content, const clusterdisc::KeyRing& keys) {
    clusterdisc::ByteWriter writer(content.size() + datagram_seal_size);
    writer.number(keys.sealing().id);
    writer.bytes(content);
    std::vector<std::uint8_t> datagram = std::move(writer).take();
    const Code code = code_of(datagram, keys.sealing());
    datagram.insert(datagram.end(), code.begin(), code.end());
    return datagram;
}

std::optional<std::span<const std::uint8_t>> open_datagram(std::span<const std::uint8_t> datagram,
                                                           const clusterdisc::KeyRing& keys) {
    if (datagram.size() < datagram_seal_size || datagram.size() > max_sealed_content + datagram_seal_size) {
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
    return reader.bytes(datagram.size() - datagram_seal_size);
}

}  // namespace openmosix::balance
