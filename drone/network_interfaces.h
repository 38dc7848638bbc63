// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace clusterdisc {

/// Switches a network interface on; the kernel then gives it its IPv6 link-local address, and omdiscd needs no other.
void switch_on(const std::string& interface);

/// All that are there already, the loopback included, of sysfs at SYS.
void switch_on_all(const std::string& sys);

}  // namespace clusterdisc
