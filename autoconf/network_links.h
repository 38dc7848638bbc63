// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/file_descriptor.h"

namespace clusterdisc {

struct LinkAddress {
    std::string text;
    int prefix_length = 0;
    bool is_ipv6 = false;
    /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291, section 2.5.6).
    bool is_link_local = false;

    bool operator==(const LinkAddress&) const = default;
};

/// A network interface that is not the loopback, with its addresses in the order in which a person wants to
/// see them: IPv4 before IPv6, and those that reach further first.
struct NetworkLink {
    std::string name;
    /// An Ethernet card, in contrast to wireless ones, bridges, tunnels and other interfaces without a device.
    bool is_wired_card = false;
    /// Whether there is a cable with something at its other end.
    bool has_carrier = false;
    std::vector<LinkAddress> addresses;

    bool operator==(const NetworkLink&) const = default;
};

/// The links as the kernel has them now, by getifaddrs(3) and /sys/class/net. Throws std::system_error.
std::vector<NetworkLink> read_network_links();

/// The wired cards among them; when there is none, as in a container, all of them.
std::vector<NetworkLink> links_of_interest(std::vector<NetworkLink> links);

/// Whether another machine can reach one of them by an address that it can be told: any but fe80::, which
/// counts only together with an interface of the other machine.
bool has_reachable_address(const std::vector<NetworkLink>& links);

/// Announces changes of the links and their addresses (rtnetlink(7)).
class LinkChanges {
public:
    /// Announces what changes from now on. Throws std::system_error.
    LinkChanges();

    /// Readable when something changed; for poll(2).
    [[nodiscard]] int number() const noexcept { return socket_.number(); }

    /// Forgets the announcements so far: what changed does not matter to those who read everything again.
    void forget();

private:
    FileDescriptor socket_;
};

/// Reads the links of interest, and again at each change that the kernel announces, until one
/// has a reachable address, there is none to wait for, or the time is over. Throws std::system_error.
std::vector<NetworkLink> wait_for_reachable_address(std::chrono::milliseconds longest);

}  // namespace clusterdisc
