// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/handshake.h"

#include <poll.h>
#include <sodium.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>

#include "peer/socket_address.h"

namespace openmosix {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

/// Waits until the socket is ready for POLLIN or POLLOUT, or has failed, which the next call on it tells.
void wait_for(int socket, short events, Deadline deadline) {
    pollfd descriptor{.fd = socket, .events = events, .revents = 0};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            throw HandshakeRefused("it does not prove in time that it belongs to the cluster");
        }
        constexpr long long max_wait = std::numeric_limits<int>::max();
        const int ready = ::poll(&descriptor, 1, static_cast<int>(std::min<long long>(left.count(), max_wait)));
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

/// Names the peer in what goes wrong. `talk` gets the ends of the connection; one that was reset has none.
template <typename Conversation>
Session naming_peer(int socket, Conversation talk) {
    std::string name = "a peer";
    try {
        const clusterdisc::Endpoint peer = peer_endpoint(socket);
        name = "peer " + to_text(peer);
        return talk(own_endpoint(socket), peer);
    } catch (const std::runtime_error& error) {
        throw NotAuthenticated(name + ": " + error.what());
    }
}

}  // namespace

Session authenticate_as_client(int socket, const clusterdisc::KeyRing& keys, const PeerConnection& connection,
                               Deadline deadline) {
    return naming_peer(socket, [&](const clusterdisc::Endpoint& own, const clusterdisc::Endpoint& peer) {
        ClientHandshake handshake(keys,
                                  {.purpose = std::string(connection.purpose),
                                   .client = {.node = connection.own_node, .endpoint = own},
                                   .server = {.node = connection.peer_node, .endpoint = peer},
                                   .session = connection.session},
                                  random_nonce());
        send(socket, handshake.hello(), deadline);
        send(socket, handshake.prove(receive<ReplyBytes>(socket, deadline)), deadline);
        return handshake.session();
    });
}

Session authenticate_as_server(int socket, const clusterdisc::KeyRing& keys, const PeerConnection& connection,
                               Deadline deadline) {
    return naming_peer(socket, [&](const clusterdisc::Endpoint& own, const clusterdisc::Endpoint& peer) {
        ServerHandshake handshake(keys,
                                  {.purpose = std::string(connection.purpose),
                                   .client = {.node = connection.peer_node, .endpoint = peer},
                                   .server = {.node = connection.own_node, .endpoint = own},
                                   .session = connection.session},
                                  random_nonce());
        send(socket, handshake.reply(receive<HelloBytes>(socket, deadline)), deadline);
        handshake.check_reply();
        handshake.check(receive<Proof>(socket, deadline));
        return handshake.session();
    });
}

}  // namespace openmosix
