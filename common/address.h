// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace clusterdisc {

/// An IPv4 or IPv6 address. IPv4 takes the first four bytes, the others are zero.
struct IpAddress {
    bool is_ipv6 = false;
    std::array<std::uint8_t, 16> bytes{};

    // clang-tidy 14 takes the 0 in code that the compiler makes for a written one.
    // NOLINTNEXTLINE(modernize-use-nullptr,readability-implicit-bool-conversion)
    auto operator<=>(const IpAddress&) const = default;

    /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291, section 2.5.6): means something on its own link only.
    [[nodiscard]] bool is_link_local() const;
};

/// Text as inet_ntop(3) writes it.
std::string to_text(const IpAddress& address);
/// The inverse, for all forms that inet_pton(3) knows; none when it is no address.
std::optional<IpAddress> parse_ip_address(std::string_view text);

/// The address that is `count` after this one; none when it would be past the last one of its kind.
std::optional<IpAddress> counted_up(const IpAddress& address, std::uint32_t count);

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    // NOLINTNEXTLINE(modernize-use-nullptr): as above.
    auto operator<=>(const Endpoint&) const = default;
};

/// `192.0.2.1:723` or `[2001:db8::1]:723`.
std::string to_text(const Endpoint& endpoint);

/// A way to another node: through one of our links to an address there.
struct Path {
    /// The interface index of the link; 0 leaves the choice to the routing table.
    std::uint32_t link = 0;
    Endpoint endpoint;

    // NOLINTNEXTLINE(modernize-use-nullptr): as above.
    auto operator<=>(const Path&) const = default;
};

/// `192.0.2.1:5428`, `[2001:db8::1]:5428` or `[fe80::1%3]:5428`, 3 being the interface index; as in RFC 4007, section
/// 11, it is shown only with addresses that mean nothing without it.
std::string to_text(const Path& path);

}  // namespace clusterdisc
