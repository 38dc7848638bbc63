// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/printable_text.h"

#include <cstdint>

namespace clusterdisc {
namespace {

/// How a first byte starts a character: its length, the bits it gives, and the smallest code point for
/// which that length is allowed.
struct Lead {
    std::size_t length;
    std::uint32_t bits;
    std::uint32_t smallest;
};

Lead read_lead(std::uint8_t byte) {
    if (byte < 0x80U) {
        return {1, byte, 0};
    }
    if (byte >= 0xC0U && byte < 0xE0U) {
        return {2, byte & 0x1FU, 0x80};
    }
    if (byte >= 0xE0U && byte < 0xF0U) {
        return {3, byte & 0x0FU, 0x800};
    }
    if (byte >= 0xF0U && byte < 0xF8U) {
        return {4, byte & 0x07U, 0x10000};
    }
    return {0, 0, 0};
}

bool is_printable_character(std::uint32_t code_point) {
    const bool is_control = code_point < 0x20U || (code_point >= 0x7FU && code_point < 0xA0U);
    const bool is_surrogate = code_point >= 0xD800U && code_point < 0xE000U;
    return !is_control && !is_surrogate && code_point <= 0x10FFFFU;
}

}  // namespace

bool is_printable_text(std::string_view text) {
    while (!text.empty()) {
        const Lead lead = read_lead(static_cast<std::uint8_t>(text.front()));
        if (lead.length == 0 || lead.length > text.size()) {
            return false;
        }
        std::uint32_t code_point = lead.bits;
        for (const char character : text.substr(1, lead.length - 1)) {
            const auto byte = static_cast<std::uint8_t>(character);
            if ((byte & 0xC0U) != 0x80U) {
                return false;
            }
            code_point = code_point << 6U | (byte & 0x3FU);
        }
        if (code_point < lead.smallest || !is_printable_character(code_point)) {
            return false;
        }
        text.remove_prefix(lead.length);
    }
    return true;
}

std::string shown(std::string_view text, std::size_t longest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string safe;
    for (const char character : text.substr(0, longest)) {
        if (character >= ' ' && character <= '~') {
            safe += character;
        } else {
            const auto byte = static_cast<std::uint8_t>(character);
            safe += "\\x";
            safe += digits[byte >> 4U];
            safe += digits[byte & 0xFU];
        }
    }
    if (text.size() > longest) {
        safe += "...";
    }
    return safe;
}

std::string made_printable(std::string_view text) {
    return is_printable_text(text) ? std::string(text) : shown(text, text.size());
}

}  // namespace clusterdisc
