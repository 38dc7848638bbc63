// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/echo_prober.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sodium.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "common/warning.h"
#include "network/echo_message.h"
#include "network/packet.h"

namespace clusterdisc {
namespace {

constexpr Instant max_wait = std::chrono::seconds(5);
constexpr std::size_t max_requests = 1024;
constexpr int max_echoes_at_a_time = 64;
constexpr std::size_t echo_buffer_bytes = 512;
/// ICMP_FILTER of raw(7): linux/icmp.h, which has it, cannot be included together with netinet/ip_icmp.h.
constexpr int icmp_filter_option = 1;

/// Not open when it may not be made or this kernel has no such protocol.
FileDescriptor open_ipv4() {
    FileDescriptor socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP));
    const std::uint32_t blocked = ~(std::uint32_t{1} << unsigned{ICMP_ECHOREPLY});
    const int on = 1;
    if (!socket.is_open() ||
        ::setsockopt(socket.number(), SOL_RAW, icmp_filter_option, &blocked, sizeof blocked) != 0 ||
        ::setsockopt(socket.number(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) {
        return FileDescriptor();
    }
    return socket;
}

FileDescriptor open_ipv6() {
    FileDescriptor socket(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6));
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    const int on = 1;
    if (!socket.is_open() || ::setsockopt(socket.number(), IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) != 0 ||
        ::setsockopt(socket.number(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) != 0) {
        return FileDescriptor();
    }
    return socket;
}

}  // namespace

EchoProber::EchoProber(sd_event* event, OnAnswer on_answer)
    : on_answer_(std::move(on_answer)), ipv4_(open_ipv4()), ipv6_(open_ipv6()) {
    if (!ipv4_.is_open() && !ipv6_.is_open()) {
        warn("cannot send echo requests (" + std::generic_category().message(errno) +
             "): a node whose agent hangs will look like one that is off; CAP_NET_RAW is needed");
    }
    if (ipv4_.is_open()) {
        ipv4_source_ = add_io(event, ipv4_.number(), EPOLLIN, [this](std::uint32_t) { on_ready(ipv4_, false); });
    }
    if (ipv6_.is_open()) {
        ipv6_source_ = add_io(event, ipv6_.number(), EPOLLIN, [this](std::uint32_t) { on_ready(ipv6_, true); });
    }
}

void EchoProber::probe(const Path& path) {
    const bool is_ipv6 = path.endpoint.address.is_ipv6;
    const FileDescriptor& socket = is_ipv6 ? ipv6_ : ipv4_;
    if (!socket.is_open()) {
        return;
    }
    const Instant now = EventLoop::now();
    forget_old(now);
    Request request{.token = {}, .path = path, .sent = now};
    ::randombytes_buf(request.token.data(), request.token.size());
    const auto identifier = static_cast<std::uint16_t>(static_cast<unsigned>(::getpid()) & 0xffffU);
    const auto message = encode_echo_request(is_ipv6, identifier, ++sequence_, request.token);
    // A raw socket takes the port of the address for a protocol number (raw(7), ipv6(7)).
    Path to = path;
    to.endpoint.port = 0;
    if (send_packet(socket.number(), to, message) == 0) {
        requests_.push_back(request);
    }
}

void EchoProber::forget_old(Instant now) {
    while (!requests_.empty() && (requests_.size() >= max_requests || now - requests_.front().sent > max_wait)) {
        requests_.pop_front();
    }
}

void EchoProber::on_ready(const FileDescriptor& socket, bool is_ipv6) {
    std::array<std::uint8_t, echo_buffer_bytes> buffer{};
    for (int number = 0; number < max_echoes_at_a_time; ++number) {
        const ReceiveResult result = receive_packet(socket.number(), buffer);
        if (result.error == EAGAIN) {
            return;
        }
        if (!result.packet) {
            continue;
        }
        const auto content = echo_reply_content(is_ipv6, std::span(buffer).first(result.packet->size));
        if (!content) {
            continue;
        }
        forget_old(EventLoop::now());
        const auto found = std::ranges::find_if(requests_, [&](const Request& request) {
            return std::ranges::equal(request.token, *content) &&
                   request.path.endpoint.address == result.packet->path.endpoint.address;
        });
        if (found != requests_.end()) {
            const Path path = found->path;
            requests_.erase(found);
            on_answer_(path);
        }
    }
}

}  // namespace clusterdisc
