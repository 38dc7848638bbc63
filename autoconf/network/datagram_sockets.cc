// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/datagram_sockets.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "common/warning.h"
#include "network/packet.h"

namespace clusterdisc {
namespace {

/// At most so many for one time that the socket is ready, so that a flood does not hold up the timers.
constexpr int max_at_a_time = 64;
/// The agent waits while the machine is busy; meanwhile a big cluster's datagrams have to stand somewhere.
constexpr int receive_buffer_bytes = 4 * 1024 * 1024;
/// More than any datagram of ours has.
constexpr std::size_t buffer_bytes = 2048;
/// The loopback interface of every network namespace (LOOPBACK_IFINDEX in the kernel's include/net/flow.h).
constexpr std::uint32_t loopback_link = 1;

constexpr IpAddress ipv4_group{.is_ipv6 = false, .bytes = {239, 255, 77, 77}};
constexpr IpAddress all_ipv6_nodes{.is_ipv6 = true, .bytes = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01}};

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

struct IntegerOption {
    int level;
    int name;
    int value;
    const char* text;
};

void set_option(const FileDescriptor& socket, const IntegerOption& option) {
    if (::setsockopt(socket.number(), option.level, option.name, &option.value, sizeof option.value) != 0) {
        fail(std::string("cannot set ") + option.text);
    }
}

void enlarge_receive_buffer(const FileDescriptor& socket) {
    // Beyond net.core.rmem_max only with CAP_NET_ADMIN; up to it always. A small buffer works, too.
    if (::setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer_bytes, sizeof receive_buffer_bytes) !=
        0) {
        static_cast<void>(
            ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes));
    }
}

void bind_to_port(const FileDescriptor& socket, bool is_ipv6, std::uint16_t port) {
    Path any;
    any.endpoint.address.is_ipv6 = is_ipv6;
    any.endpoint.port = port;
    const SocketAddress address = to_socket_address(any);
    const void* const start = &address.storage;
    if (::bind(socket.number(), static_cast<const sockaddr*>(start), address.size) == 0) {
        return;
    }
    if (errno == EADDRINUSE) {
        fail("UDP port " + std::to_string(port) + (is_ipv6 ? " (IPv6)" : " (IPv4)") +
             " is used by another program: is omdiscd running already? Otherwise choose another port, the same on all "
             "nodes");
    }
    fail("cannot listen at UDP port " + std::to_string(port));
}

/// Not open when this kernel has no such protocol.
FileDescriptor open_socket(int family) {
    FileDescriptor socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
    if (!socket.is_open() && errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT) {
        fail("cannot make a UDP socket");
    }
    return socket;
}

std::uint16_t bound_port(const FileDescriptor& socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    void* const start = &address;
    if (::getsockname(socket.number(), static_cast<sockaddr*>(start), &size) != 0) {
        fail("cannot read the port of a UDP socket");
    }
    return to_path(address).value_or(Path{}).endpoint.port;
}

FileDescriptor open_ipv4(const DatagramOptions& options) {
    FileDescriptor socket = open_socket(AF_INET);
    if (!socket.is_open()) {
        return socket;
    }
    const std::array<IntegerOption, 6> settings{{
        {IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO"},
        {IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR"},
        {IPPROTO_IP, IP_MULTICAST_TTL, options.multicast_time_to_live, "IP_MULTICAST_TTL"},
        {IPPROTO_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP"},
        // Only on the links where we joined, not wherever a program of this machine did.
        {IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL"},
        // A forged "fragmentation needed" must not stop us (RFC 8900, section 3.5).
        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, "IP_MTU_DISCOVER"},
    }};
    for (const IntegerOption& option : settings) {
        set_option(socket, option);
    }
    enlarge_receive_buffer(socket);
    bind_to_port(socket, false, options.port);
    return socket;
}

FileDescriptor open_ipv6(std::uint16_t port) {
    FileDescriptor socket = open_socket(AF_INET6);
    if (!socket.is_open()) {
        return socket;
    }
    const std::array<IntegerOption, 5> settings{{
        {IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY"},
        {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO"},
        {IPPROTO_IPV6, IPV6_RECVERR, 1, "IPV6_RECVERR"},
        {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1, "IPV6_MULTICAST_HOPS"},
        {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, "IPV6_MULTICAST_LOOP"},
    }};
    for (const IntegerOption& option : settings) {
        set_option(socket, option);
    }
    enlarge_receive_buffer(socket);
    bind_to_port(socket, true, port);
    return socket;
}

bool change_membership(const FileDescriptor& socket, int option, std::uint32_t link) {
    ip_mreqn membership{};
    membership.imr_ifindex = static_cast<int>(link);
    std::copy_n(ipv4_group.bytes.begin(), 4, static_cast<std::uint8_t*>(static_cast<void*>(&membership.imr_multiaddr)));
    return ::setsockopt(socket.number(), IPPROTO_IP, option, &membership, sizeof membership) == 0;
}

}  // namespace

DatagramSockets::DatagramSockets(sd_event* event, const DatagramOptions& options, OnDatagram on_datagram,
                                 OnPortUnreachable on_port_unreachable)
    : options_(options), on_datagram_(std::move(on_datagram)), on_port_unreachable_(std::move(on_port_unreachable)),
      ipv4_(open_ipv4(options)), ipv6_(open_ipv6(ipv4_.is_open() ? bound_port(ipv4_) : options.port)) {
    if (!ipv4_.is_open() && !ipv6_.is_open()) {
        errno = EAFNOSUPPORT;
        fail("cannot make a UDP socket");
    }
    port_ = bound_port(ipv4_.is_open() ? ipv4_ : ipv6_);
    // Errors (EPOLLERR) are always reported.
    if (ipv4_.is_open()) {
        ipv4_source_ = add_io(event, ipv4_.number(), EPOLLIN, [this](std::uint32_t) { on_ready(ipv4_); });
    }
    if (ipv6_.is_open()) {
        ipv6_source_ = add_io(event, ipv6_.number(), EPOLLIN, [this](std::uint32_t) { on_ready(ipv6_); });
    }
}

void DatagramSockets::set_links(const std::vector<Link>& links) {
    std::map<std::uint32_t, Carried> next;
    for (const Link& link : links) {
        Carried carried;
        for (const LinkPrefix& prefix : link.addresses) {
            carried.has_ipv4 = carried.has_ipv4 || !prefix.address.is_ipv6;
            carried.has_link_local_ipv6 =
                carried.has_link_local_ipv6 || (prefix.address.is_ipv6 && prefix.address.is_link_local());
        }
        const auto before = links_.find(link.index);
        carried.is_in_group = before != links_.end() && before->second.is_in_group;
        next.emplace(link.index, carried);
    }
    for (const auto& [index, carried] : links_) {
        if (carried.is_in_group && !next.contains(index)) {
            // Fails when the interface is gone, and the membership with it.
            static_cast<void>(change_membership(ipv4_, IP_DROP_MEMBERSHIP, index));
        }
    }
    for (auto& [index, carried] : next) {
        // Joined without an IPv4 address, too: it may come, and others may have one already.
        if (ipv4_.is_open() && !carried.is_in_group) {
            carried.is_in_group = change_membership(ipv4_, IP_ADD_MEMBERSHIP, index) || errno == EADDRINUSE;
            if (!carried.is_in_group && errno != ENODEV) {
                warn("link " + std::to_string(index) + ": cannot join the multicast group " + to_text(ipv4_group) +
                     ": " + std::generic_category().message(errno) +
                     " (with many links: raise net.ipv4.igmp_max_memberships)");
            }
        }
    }
    links_ = std::move(next);
}

bool DatagramSockets::send(const Path& path, std::span<const std::uint8_t> bytes) {
    const FileDescriptor& socket = path.endpoint.address.is_ipv6 ? ipv6_ : ipv4_;
    const bool is_sent = socket.is_open() && send_packet(socket.number(), path, bytes) == 0;
    ++(is_sent ? counters_.sent : counters_.send_errors);
    return is_sent;
}

void DatagramSockets::multicast(std::uint32_t link, std::span<const std::uint8_t> bytes) {
    const auto found = links_.find(link);
    if (found == links_.end()) {
        return;
    }
    if (found->second.has_ipv4 && ipv4_.is_open()) {
        send({link, {ipv4_group, port_}}, bytes);
    }
    if (found->second.has_link_local_ipv6 && ipv6_.is_open()) {
        send({link, {all_ipv6_nodes, port_}}, bytes);
    }
}

bool DatagramSockets::is_wanted(const Path& from, bool was_multicast) const {
    if (from.link == loopback_link || is_loopback(from.endpoint.address)) {
        return options_.allow_loopback && !was_multicast;
    }
    // Static peers may come routed by any other link.
    return links_.contains(from.link) || !was_multicast;
}

void DatagramSockets::on_ready(const FileDescriptor& socket) {
    read_errors(socket);
    std::array<std::uint8_t, buffer_bytes> buffer{};
    for (int number = 0; number < max_at_a_time; ++number) {
        const ReceiveResult result = receive_packet(socket.number(), buffer);
        if (result.error == EAGAIN) {
            return;
        }
        // Other errors belong to something that was sent; reporting them has cleared them.
        if (!result.packet) {
            continue;
        }
        const ReceivedPacket& packet = *result.packet;
        const bool was_multicast = is_multicast(packet.destination);
        if (packet.is_truncated || !is_wanted(packet.path, was_multicast)) {
            ++counters_.dropped;
            continue;
        }
        ++counters_.received;
        on_datagram_(packet.path, was_multicast, std::span(buffer).first(packet.size));
    }
}

void DatagramSockets::read_errors(const FileDescriptor& socket) {
    std::array<std::uint8_t, buffer_bytes> buffer{};
    for (int number = 0; number < max_at_a_time; ++number) {
        const ReceiveResult result = receive_packet(socket.number(), buffer, MSG_ERRQUEUE);
        if (result.error != 0) {
            return;
        }
        if (result.packet && result.packet->is_port_unreachable) {
            ++counters_.port_unreachable;
            on_port_unreachable_(result.packet->path);
        }
    }
}

}  // namespace clusterdisc
