// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/netlink.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace clusterdisc {
namespace {

/// The kernel fills at most 32 KiB for one read of a dump (netlink(7)), when the reader offers as much.
constexpr std::size_t max_answer = 32768;

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

std::string attribute_text(const nlattr& attribute) {
    const auto* text = static_cast<const char*>(mnl_attr_get_payload(&attribute));
    return {text, ::strnlen(text, mnl_attr_get_payload_len(&attribute))};
}

void NetlinkRequest::start(std::uint16_t type, unsigned flags) {
    nlmsghdr* header = mnl_nlmsg_put_header(buffer_.data());
    header->nlmsg_type = type;
    header->nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
}

nlmsghdr* NetlinkRequest::message() {
    void* start = buffer_.data();
    return static_cast<nlmsghdr*>(start);
}

std::span<const std::uint8_t> NetlinkRequest::bytes() const {
    const void* start = buffer_.data();
    return std::span(buffer_).first(static_cast<const nlmsghdr*>(start)->nlmsg_len);
}

void NetlinkRequest::put(std::uint16_t type, const void* data, std::size_t size) {
    if (!mnl_attr_put_check(message(), capacity, type, size, data)) {
        throw std::length_error("a netlink request is too long");
    }
}

nlattr* NetlinkRequest::start_nest(std::uint16_t type) {
    nlattr* nest = mnl_attr_nest_start_check(message(), capacity, type);
    if (nest == nullptr) {
        throw std::length_error("a netlink request is too long");
    }
    return nest;
}

NetlinkSocket::NetlinkSocket(int protocol, unsigned groups, int flags)
    : socket_(mnl_socket_open2(protocol, SOCK_CLOEXEC | flags)) {
    if (!socket_ || mnl_socket_bind(socket_.get(), groups, MNL_SOCKET_AUTOPID) != 0) {
        fail(errno, "cannot open a netlink socket");
    }
    const timeval max_wait{.tv_sec = 1, .tv_usec = 0};
    if (::setsockopt(descriptor(), SOL_SOCKET, SO_RCVTIMEO, &max_wait, sizeof max_wait) != 0) {
        fail(errno, "cannot set the time limit of a netlink socket");
    }
}

void NetlinkSocket::request(NetlinkRequest& request, const std::string& what, const OnMessage& on_message) {
    request.message()->nlmsg_flags |= NLM_F_ACK;
    static_cast<void>(exchange(request, what, on_message));
}

bool NetlinkSocket::dump(NetlinkRequest& request, const std::string& what, const OnMessage& on_message) {
    request.message()->nlmsg_flags |= NLM_F_DUMP;
    return exchange(request, what, on_message);
}

bool NetlinkSocket::exchange(NetlinkRequest& request, const std::string& what, const OnMessage& on_message) {
    const std::uint32_t sequence = ++sequence_;
    request.message()->nlmsg_seq = sequence;
    if (mnl_socket_sendto(socket_.get(), request.bytes().data(), request.bytes().size()) < 0) {
        fail(errno, what);
    }
    std::vector<std::uint8_t> answer(max_answer);
    bool complete = true;
    bool done = false;
    int error = 0;
    while (!done) {
        const ssize_t length = mnl_socket_recvfrom(socket_.get(), answer.data(), answer.size());
        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length < 0) {
            fail(errno == EAGAIN ? ETIMEDOUT : errno, what);
        }
        for_each_message(std::span(answer).first(static_cast<std::size_t>(length)), [&](const nlmsghdr& message) {
            // The answer to an earlier request that was given up.
            if (message.nlmsg_seq != sequence || done) {
                return;
            }
            complete = complete && (message.nlmsg_flags & NLM_F_DUMP_INTR) == 0;
            if (message.nlmsg_type == NLMSG_ERROR) {
                const auto report = family_header<nlmsgerr>(message);
                error = report ? -report->error : EBADMSG;
                done = true;
            } else if (message.nlmsg_type == NLMSG_DONE) {
                // A dump that failed on its way says so in its last message (linux/wireguard.h,
                // net/netlink/af_netlink.c).
                const auto status = family_header<int>(message);
                error = status && *status < 0 ? -*status : 0;
                done = true;
            } else if (on_message) {
                on_message(message);
            }
        });
    }
    if (error != 0) {
        fail(error, what);
    }
    return complete;
}

void NetlinkSocket::drain() const {
    std::array<std::uint8_t, 8192> dropped{};
    while (::recv(descriptor(), dropped.data(), dropped.size(), MSG_DONTWAIT) >= 0 || errno == ENOBUFS ||
           errno == EINTR) {
    }
}

}  // namespace clusterdisc
