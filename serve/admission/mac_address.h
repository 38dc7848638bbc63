// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace clusterdisc {

/// The hardware address of a network card (IEEE 802, EUI-48), as it is sent.
using MacAddress = std::array<std::uint8_t, 6>;

/// Returns the address that is written as six pairs of hexadecimal digits with colons; none for any other text.
std::optional<MacAddress> parse_mac_address(std::string_view text);

}  // namespace clusterdisc
