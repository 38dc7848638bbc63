// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/cluster_secret.h"

#include <algorithm>

#include "common/printable_text.h"

namespace clusterdisc {
namespace {

constexpr std::size_t key_digits = 2 * ClusterKey().size();
/// From this length on, nothing but hexadecimal digits is taken for an attempt at a key.
constexpr std::size_t likely_key_digits = 32;

std::optional<std::uint8_t> digit_value(char digit) {
    constexpr std::string_view digits = "0123456789abcdef";
    const char lower = (digit >= 'A' && digit <= 'F') ? static_cast<char>(digit - 'A' + 'a') : digit;
    const std::size_t value = digits.find(lower);
    if (value == std::string_view::npos) {
        return std::nullopt;
    }
    return static_cast<std::uint8_t>(value);
}

std::optional<ClusterKey> parse_hexadecimal(std::string_view digits) {
    if (digits.size() != key_digits) {
        return std::nullopt;
    }
    ClusterKey key{};
    for (std::size_t index = 0; index < key.size(); ++index) {
        const auto high = digit_value(digits[2 * index]);
        const auto low = digit_value(digits[2 * index + 1]);
        if (!high || !low) {
            return std::nullopt;
        }
        key.at(index) = static_cast<std::uint8_t>(*high << 4U | *low);
    }
    return key;
}

}  // namespace

std::optional<ClusterSecret> parse_typed_secret(std::string_view text) {
    if (const auto key = parse_hexadecimal(text)) {
        return *key;
    }
    const bool looks_like_key = text.size() >= likely_key_digits &&
                                std::ranges::all_of(text, [](char digit) { return digit_value(digit).has_value(); });
    if (looks_like_key || text.size() < min_passphrase || text.size() > max_passphrase || !is_printable_text(text) ||
        text.find_first_of(forbidden_in_passphrases) != std::string_view::npos) {
        return std::nullopt;
    }
    return Passphrase{std::string(text)};
}

std::optional<ClusterKey> parse_key_file(std::string_view content) {
    ClusterKey key{};
    if (content.size() == key.size()) {
        std::ranges::copy(content, key.begin());
        return key;
    }
    if (content.ends_with('\n')) {
        content.remove_suffix(1);
    }
    return parse_hexadecimal(content);
}

std::string to_hexadecimal(const ClusterKey& key) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(key_digits);
    for (const std::uint8_t byte : key) {
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    return text;
}

}  // namespace clusterdisc
