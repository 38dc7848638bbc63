// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/peer_listener.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "common/log.h"
#include "peer/reserved_ports.h"
#include "peer/socket_address.h"

namespace openmosix {

namespace {

using clusterdisc::EventLoop;

constexpr int backlog = 64;
constexpr std::size_t max_newcomers = 64;
/// Of one node, which must not take the places of all.
constexpr std::ptrdiff_t max_newcomers_of_node = 16;
constexpr clusterdisc::Instant time_to_speak = std::chrono::seconds(5);
constexpr clusterdisc::Instant listening_pause = std::chrono::seconds(1);

/// Closed, and errno set, when it is not possible now.
clusterdisc::FileDescriptor open_listener(const clusterdisc::Endpoint& endpoint) {
    const int family = endpoint.address.is_ipv6 ? AF_INET6 : AF_INET;
    clusterdisc::FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    const int yes = 1;
    SocketAddress address = to_socket_address(endpoint);
    // Connections of guests outlive omd, and would keep the next one from listening.
    if (!socket.is_open() || ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        ::bind(socket.number(), address.generic(), address.size) != 0 || ::listen(socket.number(), backlog) != 0) {
        const int error = errno;
        socket = clusterdisc::FileDescriptor();
        errno = error;
    }
    return socket;
}

}  // namespace

PeerListener::PeerListener(sd_event* event, RefusalLog& refusals, FindMember find_member, OnConnection on_connection)
    : event_(event), refusals_(refusals), find_member_(std::move(find_member)),
      on_connection_(std::move(on_connection)), retry_(event, [this] { try_to_listen(); }) {}

void PeerListener::listen_at(std::optional<clusterdisc::Endpoint> endpoint) {
    if (endpoint == wanted_ && (socket_.is_open() || !endpoint)) {
        return;
    }
    acceptable_ = clusterdisc::EventSource();
    socket_ = clusterdisc::FileDescriptor();
    wanted_ = endpoint;
    retry_.stop();
    if (wanted_) {
        try_to_listen();
    }
}

void PeerListener::try_to_listen() {
    clusterdisc::FileDescriptor socket = open_listener(*wanted_);
    if (!socket.is_open()) {
        const std::string problem =
            "cannot listen at " + to_text(*wanted_) + ": " + std::generic_category().message(errno);
        if (problem != last_problem_) {
            clusterdisc::log_line(clusterdisc::LogLevel::warning, problem + "; tried again every second");
            last_problem_ = problem;
        }
        retry_.set(EventLoop::now() + listening_pause);
        return;
    }
    last_problem_.clear();
    socket_ = std::move(socket);
    acceptable_ = clusterdisc::add_io(event_, socket_.number(), EPOLLIN, [this](std::uint32_t) { accept(); });
    clusterdisc::log_line(clusterdisc::LogLevel::info, "listening at " + to_text(*wanted_));
}

void PeerListener::accept() {
    for (;;) {
        SocketAddress address;
        clusterdisc::FileDescriptor socket(
            ::accept4(socket_.number(), address.generic(), &address.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket.is_open()) {
            return;
        }
        const auto [from, port] = to_endpoint(address);
        if (!is_reserved(port)) {
            // Any user of a member can do that as often as he likes.
            continue;
        }
        const auto peer = find_member_(from);
        if (!peer) {
            refusals_.add("refused a connection from " + clusterdisc::to_text(from) + ", which is not in the node map");
            continue;
        }
        if (newcomers_.size() >= max_newcomers ||
            std::ranges::count(newcomers_, *peer, &Newcomer::peer) >= max_newcomers_of_node) {
            refusals_.add("refused a connection from node " + std::to_string(*peer) +
                          ": too many others have not said what they want");
            continue;
        }
        newcomers_.push_back({.socket = std::move(socket), .peer = *peer, .readable = {}, .deadline = {}});
        const auto newcomer = std::prev(newcomers_.end());
        newcomer->readable = clusterdisc::add_io(event_, newcomer->socket.number(), EPOLLIN,
                                                 [this, newcomer](std::uint32_t) { take_purpose(newcomer); });
        newcomer->deadline.emplace(event_, [this, newcomer] { newcomers_.erase(newcomer); });
        newcomer->deadline->set(EventLoop::now() + time_to_speak);
    }
}

void PeerListener::take_purpose(std::list<Newcomer>::iterator newcomer) {
    char first = 0;
    const ssize_t size = ::recv(newcomer->socket.number(), &first, 1, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    clusterdisc::FileDescriptor socket = std::move(newcomer->socket);
    const clusterdisc::NodeId peer = newcomer->peer;
    // Ends the function object that we are called by, but not before we return (common/event_loop.h).
    newcomers_.erase(newcomer);
    if (size != 1) {
        return;
    }
    const auto purpose = static_cast<Purpose>(first);
    if (purpose != Purpose::migration && purpose != Purpose::query) {
        refusals_.add("refused a connection from node " + std::to_string(peer) + ": it is not omd that speaks there");
        return;
    }
    on_connection_(purpose, peer, std::move(socket));
}

}  // namespace openmosix
