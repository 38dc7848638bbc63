// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace clusterdisc {

/// An ICMP echo request (RFC 792), with its checksum; or an ICMPv6 one (RFC 4443, section 4.1), whose checksum the
/// kernel computes (RFC 3542, section 3.1).
std::vector<std::uint8_t> encode_echo_request(bool is_ipv6, std::uint16_t identifier, std::uint16_t sequence,
                                              std::span<const std::uint8_t> content);

/// The content of an echo reply as a raw socket gives it: with its header for IPv4, without for IPv6. None when it is
/// something else.
std::optional<std::span<const std::uint8_t>> echo_reply_content(bool is_ipv6, std::span<const std::uint8_t> packet);

/// RFC 1071, of any bytes.
std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes);

}  // namespace clusterdisc
