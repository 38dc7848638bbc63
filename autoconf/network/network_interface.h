// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "membership/link.h"
#include "network/netlink.h"

namespace clusterdisc {

/// An interface as RTM_GETLINK finds it by its name.
struct NamedInterface {
    std::uint32_t index = 0;
    /// `wireguard`, ...; empty for hardware.
    std::string kind;
};

/// All of these take a socket for NETLINK_ROUTE and throw std::system_error with the kernel's error.
///
/// None when there is no interface of this name.
std::optional<NamedInterface> find_interface(NetlinkSocket& socket, const std::string& name);
void create_interface(NetlinkSocket& socket, const std::string& name, const std::string& kind);
void delete_interface(NetlinkSocket& socket, std::uint32_t index);
/// Sets or clears IFF_UP.
void set_interface_up(NetlinkSocket& socket, std::uint32_t index, bool is_up);
void add_interface_address(NetlinkSocket& socket, std::uint32_t index, const LinkPrefix& prefix);
void remove_interface_address(NetlinkSocket& socket, std::uint32_t index, const LinkPrefix& prefix);

}  // namespace clusterdisc
