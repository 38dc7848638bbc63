// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "common/address.h"
#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "membership/link.h"

namespace clusterdisc {

struct DatagramOptions {
    /// 0: any that is free, see DatagramSockets::port().
    std::uint16_t port = 0;
    /// How many routers an IPv4 multicast may pass, and one more: 1 stays on its link.
    int multicast_time_to_live = 1;
    /// Also take what comes from this machine itself, over the loopback interface.
    bool allow_loopback = false;
};

struct DatagramCounters {
    std::uint64_t sent = 0;
    /// Not sent: no route, no such link any more, no room in the queue, forbidden by a firewall, ...
    std::uint64_t send_errors = 0;
    std::uint64_t received = 0;
    /// Too long, or came in on a link that does not carry the cluster.
    std::uint64_t dropped = 0;
    std::uint64_t port_unreachable = 0;
};

/// One IPv4 and one IPv6 UDP socket on the same port, which send out of a link of the caller's choice; no route is
/// needed there, but for IPv6 addresses that are not link-local. Multicasts go to 239.255.77.77 (RFC 2365, section
/// 6.2: free for local use) and to ff02::1: all nodes, which no switch with MLD snooping withholds (RFC 4541,
/// section 3).
class DatagramSockets {
public:
    /// `from.link` is the link that the datagram came in on. The bytes are there during the call only.
    using OnDatagram = std::function<void(const Path& from, bool was_multicast, std::span<const std::uint8_t> bytes)>;
    /// Nobody listens where we had sent a datagram. `to.link` is the link that the ICMP message came in on, which need
    /// not be the one that the datagram was sent by. Anybody on the path can make such a message: it is a hint.
    using OnPortUnreachable = std::function<void(const Path& to)>;

    /// Throws std::system_error when the port is in use, or when there is neither IPv4 nor IPv6. One of the two is
    /// enough.
    DatagramSockets(sd_event* event, const DatagramOptions& options, OnDatagram on_datagram,
                    OnPortUnreachable on_port_unreachable);

    /// The links that multicasts are sent and taken on. Until the first call there are none.
    void set_links(const std::vector<Link>& links);

    /// An error is counted only: the protocol above lives with lost datagrams. Returns whether the kernel took it.
    bool send(const Path& path, std::span<const std::uint8_t> bytes);
    /// Sends by IPv4 when the link has an IPv4 address, and by IPv6 when it has a link-local IPv6 address.
    void multicast(std::uint32_t link, std::span<const std::uint8_t> bytes);

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const DatagramCounters& counters() const { return counters_; }

private:
    struct Carried {
        bool has_ipv4 = false;
        bool has_link_local_ipv6 = false;
        bool is_in_group = false;
    };

    void on_ready(const FileDescriptor& socket);
    void read_errors(const FileDescriptor& socket);
    [[nodiscard]] bool is_wanted(const Path& from, bool was_multicast) const;

    DatagramOptions options_;
    OnDatagram on_datagram_;
    OnPortUnreachable on_port_unreachable_;
    DatagramCounters counters_;
    std::map<std::uint32_t, Carried> links_;
    FileDescriptor ipv4_;
    FileDescriptor ipv6_;
    std::uint16_t port_ = 0;
    EventSource ipv4_source_;
    EventSource ipv6_source_;
};

}  // namespace clusterdisc
