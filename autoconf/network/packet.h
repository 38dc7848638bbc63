// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/address.h"

namespace clusterdisc {

/// A sockaddr_in or sockaddr_in6.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

/// `link` becomes the scope of a link-local IPv6 address, which means nothing without it (RFC 4007).
SocketAddress to_socket_address(const Path& path);
/// The link is the scope, 0 for all but link-local IPv6 addresses. None for another family.
std::optional<Path> to_path(const sockaddr_storage& address);

/// Whether it is 224.0.0.0/4, ff00::/8 or 255.255.255.255: a datagram to it is meant for everybody.
bool is_multicast(const IpAddress& address);

/// 127.0.0.0/8 or ::1.
bool is_loopback(const IpAddress& address);

/// Sends one datagram out of the path's link, whatever the routing table says; with link 0 the routing table decides.
/// For IPv4 no route is needed when the link is given: the kernel then takes the destination to be on it
/// (ip_route_output_key_hash_rcu() in net/ipv4/route.c). Returns 0, or the errno.
int send_packet(int descriptor, const Path& path, std::span<const std::uint8_t> bytes);

/// A datagram, or an entry of the error queue (recvmsg(2), MSG_ERRQUEUE).
struct ReceivedPacket {
    /// From where; for an error: to where the datagram had gone that caused it. The link is the one that the datagram,
    /// or the ICMP message, came in on.
    Path path;
    /// To which of our addresses, or groups.
    IpAddress destination;
    std::size_t size = 0;
    /// It is longer than the buffer.
    bool is_truncated = false;
    /// Of an error: ICMP said that nobody listens at that port.
    bool is_port_unreachable = false;
};

struct ReceiveResult {
    /// 0, or the errno: EAGAIN when there is nothing.
    int error = 0;
    /// None also when it came from no IP address.
    std::optional<ReceivedPacket> packet;
};

/// Receives one datagram without blocking. The socket has IP_PKTINFO or IPV6_RECVPKTINFO.
ReceiveResult receive_packet(int descriptor, std::span<std::uint8_t> buffer, int flags = 0);

}  // namespace clusterdisc
