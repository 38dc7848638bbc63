// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/node_record.h"

#include <sodium.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <tuple>

namespace clusterdisc {
namespace {

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    return text;
}

}  // namespace

std::string short_text(const Identity& identity) {
    return hexadecimal(std::span(identity).first(4));
}

std::string to_text(const Identity& identity) {
    return hexadecimal(identity);
}

Identity identity_of(const PublicKey& key) {
    std::array<std::uint8_t, crypto_generichash_BYTES_MAX> hash{};
    crypto_generichash(hash.data(), hash.size(), key.data(), key.size(), nullptr, 0);
    Identity identity{};
    std::copy_n(hash.begin(), identity.size(), identity.begin());
    return identity;
}

bool outranks(const NodeRecord& first, const NodeRecord& second) {
    // Of each pair, the one that comes first has the smaller rank.
    const auto rank = [](const NodeRecord& record) {
        return std::tuple(!record.busy, record.stage != Stage::member, !record.settled, record.identity);
    };
    return rank(first) < rank(second);
}

IpAddress overlay_address(NodeId id) {
    IpAddress address;
    address.bytes = {10, 77, static_cast<std::uint8_t>(id >> 8U), static_cast<std::uint8_t>(id & 0xFFU)};
    return address;
}

}  // namespace clusterdisc
