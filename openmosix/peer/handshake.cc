// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/handshake.h"

#include <netdb.h>
#include <poll.h>
#include <sodium.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>

#include "peer/handshake_messages.h"

namespace openmosix {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

/// `10.77.0.2:5430` or `[fe80::1%om0]:5430`; of a socket without such an address, words.
std::string peer_name(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (::getpeername(socket, generic, &size) != 0) {
        return "at an unknown address";
    }
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6) {
        return "on this machine";
    }
    if (::getnameinfo(generic, size, host.data(), static_cast<socklen_t>(host.size()), port.data(),
                      static_cast<socklen_t>(port.size()), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return "at an unknown address";
    }
    const std::string text = host.data();
    return (address.ss_family == AF_INET6 ? '[' + text + ']' : text) + ':' + port.data();
}

/// Waits until the socket is ready for POLLIN or POLLOUT, or has failed, which the next call on it tells.
void wait_for(int socket, short events, Deadline deadline) {
    pollfd descriptor{.fd = socket, .events = events, .revents = 0};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            throw HandshakeRefused("it does not prove in time that it belongs to the cluster");
        }
        constexpr long long longest_wait = std::numeric_limits<int>::max();
        const int ready = ::poll(&descriptor, 1, static_cast<int>(std::min<long long>(left.count(), longest_wait)));
        if (ready > 0) {
            return;
        }
        if (ready < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
    }
}

/// Fills `bytes` and takes no more from the socket.
void receive(int socket, std::span<std::uint8_t> bytes, Deadline deadline) {
    while (!bytes.empty()) {
        wait_for(socket, POLLIN, deadline);
        const ssize_t size = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (size > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(size));
        } else if (size == 0) {
            throw HandshakeRefused(
                "it closed the connection instead of proving that it belongs to the cluster; its log "
                "may say why");
        } else if (errno != EAGAIN && errno != EINTR) {
            throw HandshakeRefused("the connection ended: " + std::generic_category().message(errno));
        }
    }
}

void send(int socket, std::span<const std::uint8_t> bytes, Deadline deadline) {
    while (!bytes.empty()) {
        wait_for(socket, POLLOUT, deadline);
        const ssize_t size = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(size));
        } else if (errno != EAGAIN && errno != EINTR) {
            throw HandshakeRefused("the connection ended: " + std::generic_category().message(errno));
        }
    }
}

template <typename Bytes>
Bytes receive(int socket, Deadline deadline) {
    Bytes bytes{};
    receive(socket, bytes, deadline);
    return bytes;
}

Nonce random_nonce() {
    Nonce nonce{};
    ::randombytes_buf(nonce.data(), nonce.size());
    return nonce;
}

/// Names the peer in what goes wrong. It is asked for at the start: a connection that was reset has none.
template <typename Conversation>
void naming_peer(int socket, Conversation talk) {
    const std::string name = peer_name(socket);
    try {
        talk();
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("peer " + name + ": " + error.what());
    }
}

}  // namespace

void authenticate_as_client(int socket, const clusterdisc::KeyRing& keys, std::string_view purpose, Deadline deadline) {
    const ClientHandshake handshake(keys, purpose, random_nonce());
    naming_peer(socket, [&] {
        send(socket, handshake.hello(), deadline);
        send(socket, handshake.prove(receive<ReplyBytes>(socket, deadline)), deadline);
    });
}

void authenticate_as_server(int socket, const clusterdisc::KeyRing& keys, std::string_view purpose, Deadline deadline) {
    ServerHandshake handshake(keys, purpose, random_nonce());
    naming_peer(socket, [&] {
        send(socket, handshake.reply(receive<HelloBytes>(socket, deadline)), deadline);
        handshake.check_reply();
        handshake.check(receive<Proof>(socket, deadline));
    });
}

}  // namespace openmosix
