// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "peer/peer_error.h"
#include "peer/reserved_ports.h"
#include "peer/socket_address.h"
#include "peer/socket_options.h"

namespace openmosix {

namespace {

int milliseconds_left(Deadline deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

/// 0, or why not (errno).
int finish_connecting(int socket, Deadline deadline) {
    pollfd wait{socket, POLLOUT, 0};
    int result = 0;
    do {
        result = ::poll(&wait, 1, milliseconds_left(deadline));
    } while (result < 0 && errno == EINTR);
    int error = ETIMEDOUT;
    socklen_t length = sizeof error;
    if (result == 1) {
        ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
    }
    return error;
}

/// Binds the socket to the port, of which other sockets may have connections. Whether that is possible.
bool bind_to(int socket, SocketAddress address, std::uint16_t port) {
    const int yes = 1;
    address.set_port(port);
    return ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
           ::bind(socket, address.generic(), address.size) == 0;
}

/// Closed, and `error` says why, when it is not possible: EADDRINUSE and EADDRNOTAVAIL may be the port's fault.
clusterdisc::FileDescriptor connect_from(std::uint16_t port, const addrinfo& to, Deadline deadline, int& error) {
    clusterdisc::FileDescriptor socket(::socket(to.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    clusterdisc::Endpoint any;
    any.address.is_ipv6 = to.ai_family == AF_INET6;
    error = 0;
    if (!socket.is_open() || !bind_to(socket.number(), to_socket_address(any), port) ||
        ::connect(socket.number(), to.ai_addr, to.ai_addrlen) != 0) {
        error = errno;
    }
    if (error == EINPROGRESS) {
        error = finish_connecting(socket.number(), deadline);
    }
    return error == 0 ? std::move(socket) : clusterdisc::FileDescriptor();
}

}  // namespace

clusterdisc::FileDescriptor connect_to(const std::string& address, std::uint16_t port, Deadline deadline) {
    const std::string place = address + " port " + std::to_string(port);
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0) {
        throw std::runtime_error(place + ": " + ::gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    clusterdisc::FileDescriptor socket;
    int error = EADDRNOTAVAIL;
    for (const std::uint16_t source : peer_ports_at_random()) {
        socket = connect_from(source, *found, deadline, error);
        if (error != EADDRINUSE && error != EADDRNOTAVAIL) {
            break;
        }
    }
    if (error != 0) {
        throw std::runtime_error("cannot reach " + place + ": " + std::generic_category().message(error));
    }
    set_option(socket.number(), IPPROTO_TCP, TCP_NODELAY, 1);
    return socket;
}

SecondDoor::SecondDoor(int connection) : connection_(connection), peer_(peer_endpoint(connection).address) {
    const SocketAddress own = own_address(connection);
    for (const std::uint16_t port : peer_ports_at_random()) {
        socket_ = clusterdisc::FileDescriptor(::socket(own.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
        if (socket_.is_open() && bind_to(socket_.number(), own, port) && ::listen(socket_.number(), 4) == 0) {
            port_ = port;
            return;
        }
        if (errno != EADDRINUSE) {
            break;
        }
    }
    throw std::system_error(errno, std::generic_category(), "socket for pages");
}

clusterdisc::FileDescriptor SecondDoor::accept(Deadline deadline) const {
    for (;;) {
        std::array<pollfd, 2> waits{pollfd{socket_.number(), POLLIN, 0}, pollfd{connection_, POLLRDHUP, 0}};
        const int ready = ::poll(waits.data(), waits.size(), milliseconds_left(deadline));
        if (ready == 0) {
            throw std::runtime_error("the page connection does not come");
        }
        if (ready > 0 && waits[1].revents != 0) {
            throw PeerClosed();
        }
        SocketAddress remote;
        clusterdisc::FileDescriptor connection(
            ::accept4(socket_.number(), remote.generic(), &remote.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
        const clusterdisc::Endpoint from = to_endpoint(remote);
        if (connection.is_open() && from.address == peer_ && is_reserved(from.port)) {
            return connection;
        }
    }
}

void prepare_page_connection(int socket) {
    constexpr int bytes = 256 << 10U;
    set_option(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes);
    // The last pages must not wait for the acknowledgement of those before.
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    end_when_silent(socket);
}

}  // namespace openmosix
