// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/packet.h"

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace clusterdisc {
namespace {

constexpr std::size_t control_capacity = 512;

template <typename Value>
void append_control(msghdr& message, int level, int type, const Value& value) {
    cmsghdr* control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(control), &value, sizeof value);
    message.msg_controllen = CMSG_SPACE(sizeof value);
}

template <typename Value>
std::optional<Value> control_value(const cmsghdr& control) {
    if (control.cmsg_len < CMSG_LEN(sizeof(Value))) {
        return std::nullopt;
    }
    Value value{};
    std::memcpy(&value, CMSG_DATA(&control), sizeof value);
    return value;
}

template <typename Address>
IpAddress ip_address(const Address& address, bool is_ipv6) {
    IpAddress result;
    result.is_ipv6 = is_ipv6;
    std::memcpy(result.bytes.data(), &address, sizeof address);
    return result;
}

bool is_port_unreachable(const sock_extended_err& error) {
    return (error.ee_origin == SO_EE_ORIGIN_ICMP && error.ee_type == ICMP_DEST_UNREACH &&
            error.ee_code == ICMP_PORT_UNREACH) ||
           (error.ee_origin == SO_EE_ORIGIN_ICMP6 && error.ee_type == ICMP6_DST_UNREACH &&
            error.ee_code == ICMP6_DST_UNREACH_NOPORT);
}

void read_control(const cmsghdr& control, ReceivedPacket& packet) {
    if (control.cmsg_level == IPPROTO_IP && control.cmsg_type == IP_PKTINFO) {
        if (const auto info = control_value<in_pktinfo>(control)) {
            packet.path.link = static_cast<std::uint32_t>(info->ipi_ifindex);
            packet.destination = ip_address(info->ipi_addr, false);
        }
    } else if (control.cmsg_level == IPPROTO_IPV6 && control.cmsg_type == IPV6_PKTINFO) {
        if (const auto info = control_value<in6_pktinfo>(control)) {
            packet.path.link = info->ipi6_ifindex;
            packet.destination = ip_address(info->ipi6_addr, true);
        }
    } else if ((control.cmsg_level == IPPROTO_IP && control.cmsg_type == IP_RECVERR) ||
               (control.cmsg_level == IPPROTO_IPV6 && control.cmsg_type == IPV6_RECVERR)) {
        const auto error = control_value<sock_extended_err>(control);
        packet.is_port_unreachable = error && is_port_unreachable(*error);
    }
}

}  // namespace

SocketAddress to_socket_address(const Path& path) {
    const auto& [address, port] = path.endpoint;
    SocketAddress result;
    if (address.is_ipv6) {
        sockaddr_in6 ipv6{};
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_port = htons(port);
        ipv6.sin6_scope_id = address.is_link_local() || is_multicast(address) ? path.link : 0;
        std::memcpy(&ipv6.sin6_addr, address.bytes.data(), sizeof ipv6.sin6_addr);
        std::memcpy(&result.storage, &ipv6, sizeof ipv6);
        result.size = sizeof ipv6;
    } else {
        sockaddr_in ipv4{};
        ipv4.sin_family = AF_INET;
        ipv4.sin_port = htons(port);
        std::memcpy(&ipv4.sin_addr, address.bytes.data(), sizeof ipv4.sin_addr);
        std::memcpy(&result.storage, &ipv4, sizeof ipv4);
        result.size = sizeof ipv4;
    }
    return result;
}

std::optional<Path> to_path(const sockaddr_storage& address) {
    Path path;
    if (address.ss_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, &address, sizeof ipv4);
        path.endpoint = {ip_address(ipv4.sin_addr, false), ntohs(ipv4.sin_port)};
        return path;
    }
    if (address.ss_family == AF_INET6) {
        sockaddr_in6 ipv6{};
        std::memcpy(&ipv6, &address, sizeof ipv6);
        path.link = ipv6.sin6_scope_id;
        path.endpoint = {ip_address(ipv6.sin6_addr, true), ntohs(ipv6.sin6_port)};
        return path;
    }
    return std::nullopt;
}

bool is_multicast(const IpAddress& address) {
    if (address.is_ipv6) {
        return address.bytes.front() == 0xff;
    }
    const bool is_broadcast =
        std::ranges::all_of(std::span(address.bytes).first<4>(), [](std::uint8_t byte) { return byte == 0xff; });
    return is_broadcast || (address.bytes.front() & 0xf0U) == 0xe0;
}

bool is_loopback(const IpAddress& address) {
    if (address.is_ipv6) {
        return ip_address(in6addr_loopback, true) == address;
    }
    return address.bytes.front() == 127;
}

int send_packet(int descriptor, const Path& path, std::span<const std::uint8_t> bytes) {
    SocketAddress to = to_socket_address(path);
    iovec content{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): iovec serves reading and writing; this is only read.
    content.iov_base = const_cast<std::uint8_t*>(bytes.data());
    content.iov_len = bytes.size();
    alignas(cmsghdr) std::array<char, control_capacity> control{};
    msghdr message{};
    message.msg_name = &to.storage;
    message.msg_namelen = to.size;
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    if (path.link != 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        if (path.endpoint.address.is_ipv6) {
            append_control(message, IPPROTO_IPV6, IPV6_PKTINFO,
                           in6_pktinfo{.ipi6_addr = in6addr_any, .ipi6_ifindex = path.link});
        } else {
            append_control(message, IPPROTO_IP, IP_PKTINFO,
                           in_pktinfo{.ipi_ifindex = static_cast<int>(path.link), .ipi_spec_dst = {}, .ipi_addr = {}});
        }
    }
    // With IP_RECVERR the first call after an ICMP error reports that one instead of sending (ip(7)); reporting it
    // clears it.
    constexpr int tries = 3;
    int error = 0;
    for (int number = 0; number < tries; ++number) {
        if (::sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            return 0;
        }
        error = errno;
        if (error != ECONNREFUSED && error != EHOSTUNREACH && error != EINTR) {
            return error;
        }
    }
    return error;
}

ReceiveResult receive_packet(int descriptor, std::span<std::uint8_t> buffer, int flags) {
    sockaddr_storage from{};
    iovec content{};
    content.iov_base = buffer.data();
    content.iov_len = buffer.size();
    alignas(cmsghdr) std::array<char, control_capacity> control{};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(descriptor, &message, flags | MSG_DONTWAIT);
    if (size < 0) {
        return {errno, std::nullopt};
    }
    const auto path = to_path(from);
    if (!path) {
        return {0, std::nullopt};
    }
    ReceivedPacket packet;
    packet.path = *path;
    packet.size = static_cast<std::size_t>(size);
    packet.is_truncated = (message.msg_flags & MSG_TRUNC) != 0;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        read_control(*part, packet);
    }
    return {0, packet};
}

}  // namespace clusterdisc
