// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/connection.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "peer/peer_error.h"
#include "peer/socket_options.h"

namespace openmosix {

namespace {

int milliseconds_left(Deadline deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

std::string numeric_host(const sockaddr_storage& address, socklen_t length) {
    std::string host(NI_MAXHOST, '\0');
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host.data(),
                      static_cast<socklen_t>(host.size()), nullptr, 0, NI_NUMERICHOST) != 0) {
        return {};
    }
    host.resize(host.find('\0'));
    return host;
}

sockaddr* generic(sockaddr_storage& address) {
    return reinterpret_cast<sockaddr*>(&address);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
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
    clusterdisc::FileDescriptor socket(
        ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    int error = 0;
    if (!socket.is_open()) {
        error = errno;
    } else if (::connect(socket.number(), found->ai_addr, found->ai_addrlen) != 0) {
        error = errno;
        if (error == EINPROGRESS) {
            pollfd wait{socket.number(), POLLOUT, 0};
            int result = 0;
            do {
                result = ::poll(&wait, 1, milliseconds_left(deadline));
            } while (result < 0 && errno == EINTR);
            socklen_t length = sizeof error;
            error = ETIMEDOUT;
            if (result == 1) {
                ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &length);
            }
        }
    }
    if (error != 0) {
        throw std::runtime_error("cannot reach " + place + ": " + std::generic_category().message(error));
    }
    const int yes = 1;
    ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return socket;
}

SecondDoor::SecondDoor(int connection) : connection_(connection) {
    sockaddr_storage local{};
    socklen_t length = sizeof local;
    sockaddr_storage remote{};
    socklen_t remote_length = sizeof remote;
    if (::getsockname(connection, generic(local), &length) != 0 ||
        ::getpeername(connection, generic(remote), &remote_length) != 0) {
        throw std::system_error(errno, std::generic_category(), "getsockname");
    }
    peer_ = numeric_host(remote, remote_length);
    if (local.ss_family == AF_INET6) {
        reinterpret_cast<sockaddr_in6&>(local).sin6_port = 0;  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    } else {
        reinterpret_cast<sockaddr_in&>(local).sin_port = 0;  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    }
    socket_ = clusterdisc::FileDescriptor(::socket(local.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!socket_.is_open() || ::bind(socket_.number(), generic(local), length) != 0 ||
        ::listen(socket_.number(), 4) != 0 || ::getsockname(socket_.number(), generic(local), &length) != 0) {
        throw std::system_error(errno, std::generic_category(), "socket for pages");
    }
    // The port is at the same place in both structures.
    port_ =
        ntohs(reinterpret_cast<sockaddr_in&>(local).sin_port);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
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
        sockaddr_storage remote{};
        socklen_t length = sizeof remote;
        clusterdisc::FileDescriptor connection(
            ::accept4(socket_.number(), generic(remote), &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (connection.is_open() && numeric_host(remote, length) == peer_) {
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
