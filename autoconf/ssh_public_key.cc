// SPDX-License-Identifier: GPL-2.0-or-later
#include "ssh_public_key.h"

#include <sodium.h>

#include <algorithm>

namespace clusterdisc {
namespace {

constexpr std::size_t max_type_name = 64;
/// A public key is a list of strings (RFC 4253, section 6.6), each behind its length in this many bytes.
constexpr std::size_t length_size = 4;

/// The bytes of BASE64 (RFC 4648); none when it has anything else.
std::optional<std::string> decode_base64(std::string_view base64) {
    // libsodium's decoder takes some bytes beyond ASCII for digits where char has a sign (codecs.c, b64_char_to_byte).
    if (std::ranges::any_of(base64, [](char digit) { return (static_cast<unsigned char>(digit) & 0x80U) != 0; })) {
        return std::nullopt;
    }
    std::string bytes(base64.size(), '\0');
    std::size_t size = 0;
    if (::sodium_base642bin(
            reinterpret_cast<unsigned char*>(bytes.data()),  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
            bytes.size(), base64.data(), base64.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return std::nullopt;
    }
    bytes.resize(size);
    return bytes;
}

bool may_be_in_a_type_name(char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character == '-' ||
           character == '.' || character == '@';
}

/// The first string of KEY, which says what kind of key it is; none when it is not that, or nothing follows.
std::optional<std::string> type_of(std::string_view key) {
    if (key.size() <= length_size || !key.starts_with(std::string_view("\0\0\0", length_size - 1))) {
        return std::nullopt;
    }
    const std::size_t length = static_cast<unsigned char>(key[length_size - 1]);
    if (length == 0 || length > max_type_name || key.size() <= length_size + length) {
        return std::nullopt;
    }
    const std::string_view type = key.substr(length_size, length);
    return std::ranges::all_of(type, may_be_in_a_type_name) ? std::optional<std::string>(type) : std::nullopt;
}

/// Removes the first word from TEXT, and returns it.
std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return word;
}

}  // namespace

std::optional<std::string> parse_ssh_public_key(std::string_view text) {
    if (text.size() > max_ssh_public_key) {
        return std::nullopt;
    }
    std::string_view rest = text;
    std::string_view base64 = take_word(rest);
    std::optional<std::string_view> named_type;
    auto key = decode_base64(base64);
    if (!key || !type_of(*key)) {
        named_type = base64;
        base64 = take_word(rest);
        key = decode_base64(base64);
    }
    const auto type = key ? type_of(*key) : std::nullopt;
    if (!type || (named_type && *named_type != *type)) {
        return std::nullopt;
    }
    return *type + ' ' + std::string(base64);
}

}  // namespace clusterdisc
