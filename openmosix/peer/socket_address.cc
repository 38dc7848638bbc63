// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/socket_address.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

namespace openmosix {

void SocketAddress::set_port(std::uint16_t port) {
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    const std::uint16_t network_order = htons(port);
    std::memcpy(std::span(reinterpret_cast<std::byte*>(&storage), sizeof storage)  // NOLINT(*-reinterpret-cast)
                    .subspan(offsetof(sockaddr_in, sin_port))
                    .data(),
                &network_order, sizeof network_order);
}

SocketAddress to_socket_address(const clusterdisc::Endpoint& endpoint) {
    SocketAddress address;
    if (endpoint.address.is_ipv6) {
        sockaddr_in6 ipv6{};
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_port = htons(endpoint.port);
        std::memcpy(&ipv6.sin6_addr, endpoint.address.bytes.data(), sizeof ipv6.sin6_addr);
        std::memcpy(&address.storage, &ipv6, sizeof ipv6);
        address.size = sizeof ipv6;
    } else {
        sockaddr_in ipv4{};
        ipv4.sin_family = AF_INET;
        ipv4.sin_port = htons(endpoint.port);
        std::memcpy(&ipv4.sin_addr, endpoint.address.bytes.data(), sizeof ipv4.sin_addr);
        std::memcpy(&address.storage, &ipv4, sizeof ipv4);
        address.size = sizeof ipv4;
    }
    return address;
}

clusterdisc::Endpoint to_endpoint(const SocketAddress& address) {
    clusterdisc::Endpoint endpoint;
    if (address.storage.ss_family == AF_INET6) {
        sockaddr_in6 ipv6{};
        std::memcpy(&ipv6, &address.storage, sizeof ipv6);
        endpoint.port = ntohs(ipv6.sin6_port);
        const std::span<const std::uint8_t> bytes(ipv6.sin6_addr.s6_addr);
        endpoint.address.is_ipv6 = !IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr);
        std::ranges::copy(endpoint.address.is_ipv6 ? bytes : bytes.last<4>(), endpoint.address.bytes.begin());
    } else if (address.storage.ss_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, &address.storage, sizeof ipv4);
        endpoint.port = ntohs(ipv4.sin_port);
        std::memcpy(endpoint.address.bytes.data(), &ipv4.sin_addr, sizeof ipv4.sin_addr);
    }
    return endpoint;
}

SocketAddress own_address(int socket) {
    SocketAddress address;
    if (::getsockname(socket, address.generic(), &address.size) != 0) {
        throw std::system_error(errno, std::generic_category(), "getsockname");
    }
    return address;
}

SocketAddress peer_address(int socket) {
    SocketAddress address;
    if (::getpeername(socket, address.generic(), &address.size) != 0) {
        throw std::system_error(errno, std::generic_category(), "the connection has ended");
    }
    return address;
}

}  // namespace openmosix
