// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/peer_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include "common/log.h"
#include "omd/options.h"

namespace openmosix {

namespace {

using clusterdisc::EventLoop;
using clusterdisc::IpAddress;

constexpr int backlog = 64;
constexpr std::size_t most_newcomers = 64;
constexpr clusterdisc::Instant time_to_speak = std::chrono::seconds(5);
constexpr clusterdisc::Instant listening_pause = std::chrono::seconds(1);
constexpr clusterdisc::Instant refusal_pause = std::chrono::seconds(60);

/// Big enough for both families, and what the socket API takes.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    sockaddr* generic() { return reinterpret_cast<sockaddr*>(&storage); }
};

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

IpAddress to_ip_address(const SocketAddress& address) {
    IpAddress result;
    if (address.storage.ss_family == AF_INET6) {
        sockaddr_in6 ipv6{};
        std::memcpy(&ipv6, &address.storage, sizeof ipv6);
        result.is_ipv6 = true;
        std::memcpy(result.bytes.data(), &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
    } else {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, &address.storage, sizeof ipv4);
        std::memcpy(result.bytes.data(), &ipv4.sin_addr, sizeof ipv4.sin_addr);
    }
    return result;
}

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

PeerListener::PeerListener(sd_event* event, FindMember find_member, OnConnection on_connection)
    : event_(event), find_member_(std::move(find_member)), on_connection_(std::move(on_connection)),
      retry_(event, [this] { try_to_listen(); }) {}

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
        const IpAddress from = to_ip_address(address);
        const auto peer = find_member_(from);
        if (!peer) {
            log_refusal("refused a connection from " + clusterdisc::to_text(from) + ", which is not in the node map");
            continue;
        }
        if (newcomers_.size() >= most_newcomers) {
            log_refusal("refused a connection from node " + std::to_string(*peer) +
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
        log_refusal("refused a connection from node " + std::to_string(peer) + ": it is not omd that speaks there");
        return;
    }
    on_connection_(purpose, peer, std::move(socket));
}

void PeerListener::log_refusal(const std::string& line) {
    const clusterdisc::Instant now = EventLoop::now();
    ++unsaid_refusals_;
    if (last_refusal_ && now - *last_refusal_ < refusal_pause) {
        return;
    }
    last_refusal_ = now;
    const unsigned count = std::exchange(unsaid_refusals_, 0);
    const std::string more = count > 1 ? " (and " + std::to_string(count - 1) + " more connections before)" : "";
    clusterdisc::log_line(clusterdisc::LogLevel::warning, line + more);
}

}  // namespace openmosix
