// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace clusterdisc {

/// What a drone is told on the kernel's command line that was started over the network and gets the cluster key from a
/// serving node: PXELINUX adds "ip=" and "BOOTIF=" (IPAPPEND 3), whoever sets up the boot server the rest.
struct NetworkStart {
    /// The serving node's IPv4 address ("clusterdisc.serve=").
    std::string server;
    /// The hardware address of the card that the PC was started from, with colons.
    std::string mac;
    /// What its DHCP server has lent to it ("ip=CLIENT:SERVER:GATEWAY:NETMASK").
    in_addr address{};
    in_addr netmask{};
};

/// None when the drone was started in another way. Throws std::runtime_error, with what is wrong, when it was started
/// over the network and not all of this is there.
std::optional<NetworkStart> parse_network_start(std::string_view command_line);

/// Gets the cluster key from the serving node into `key_file`, with the lent address, which the card has no longer than
/// that. Tells the person at the PC how it stands. False after `limit`, by when the address may be lent to another PC,
/// and when the serving node does not answer.
bool get_key(const NetworkStart& start, const std::string& key_file, std::chrono::seconds limit);

}  // namespace clusterdisc
