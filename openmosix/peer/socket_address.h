// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "common/address.h"

namespace openmosix {

/// Big enough for both families, and what the socket API takes.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    sockaddr* generic() { return reinterpret_cast<sockaddr*>(&storage); }
    void set_port(std::uint16_t port);
};

SocketAddress to_socket_address(const clusterdisc::Endpoint& endpoint);
/// An IPv4 address that is mapped into IPv6 (RFC 4291, section 2.5.5.2) is an IPv4 address; what is neither is 0.0.0.0.
clusterdisc::Endpoint to_endpoint(const SocketAddress& address);

/// Of a connected socket. Throw std::system_error, also when it is not connected any more.
SocketAddress own_address(int socket);
SocketAddress peer_address(int socket);

inline clusterdisc::Endpoint own_endpoint(int socket) {
    return to_endpoint(own_address(socket));
}
inline clusterdisc::Endpoint peer_endpoint(int socket) {
    return to_endpoint(peer_address(socket));
}

}  // namespace openmosix
