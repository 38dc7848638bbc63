// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

/// Peers connect from ports below 1024, which only root can have (ip(7)), as rsh(1) and NFS do: then what a user of a
/// member sends is not even read.
namespace openmosix {

inline constexpr std::uint16_t first_unreserved_port = 1024;

constexpr bool is_reserved(std::uint16_t port) {
    return port != 0 && port < first_unreserved_port;
}

/// omd's own: openMosix is known to have used it, IANA has assigned it to nobody, and /etc/services does not have it.
inline constexpr std::uint16_t default_port = 723;

/// The ports that connections come from, and that page connections go to: as of the kernel's RPC (sunrpc.min_resvport),
/// without those that /etc/services of Debian, or a program that many have, uses.
inline constexpr std::uint16_t first_peer_port = 665;
inline constexpr std::uint16_t last_peer_port = 1023;
inline constexpr std::array<std::uint16_t, 20> other_services = {
    706, default_port, 749, 750, 751, 754, 775, 777, 783, 853, 860, 871, 873, 902, 953, 989, 990, 992, 993, 995};

/// All peer ports, beginning with the one that comes `start` places after the first, modulo their number.
std::vector<std::uint16_t> peer_ports(std::uint32_t start);
/// The same, beginning with a random one.
std::vector<std::uint16_t> peer_ports_at_random();

}  // namespace openmosix
