// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>

#include <string>

namespace clusterdisc {

/// Switches a network interface on; the kernel then gives it its IPv6 link-local address, and omdiscd needs no other.
void switch_on(const std::string& interface);

/// All that are there already, the loopback included, of sysfs at SYS.
void switch_on_all(const std::string& sys);

/// The interface, of sysfs at SYS, with this hardware address (colons, any case); empty when there is none.
std::string find_card(const std::string& sys, const std::string& mac);

/// Gives an interface that is on an IPv4 address, or takes it away (0.0.0.0).
void set_address(const std::string& interface, in_addr address, in_addr netmask);

}  // namespace clusterdisc
