// SPDX-License-Identifier: GPL-2.0-or-later
#include "admission/mac_address.h"

#include <charconv>
#include <system_error>

namespace clusterdisc {

std::optional<MacAddress> parse_mac_address(std::string_view text) {
    constexpr std::size_t width = 3;
    constexpr int hexadecimal = 16;
    MacAddress address{};
    if (text.size() != address.size() * width - 1) {
        return std::nullopt;
    }
    for (std::size_t index = 0; index < address.size(); ++index) {
        const std::string_view rest = text.substr(index * width);
        const char* end = rest.data() + 2;
        const auto [stopped_at, error] = std::from_chars(rest.data(), end, address[index], hexadecimal);
        if (error != std::errc{} || stopped_at != end || (rest.size() > 2 && rest[2] != ':')) {
            return std::nullopt;
        }
    }
    return address;
}

}  // namespace clusterdisc
