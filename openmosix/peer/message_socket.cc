// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/message_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "peer/message_limits.h"
#include "peer/socket_options.h"

namespace openmosix {

namespace {

constexpr std::size_t header_size = 6;
constexpr std::size_t input_step = std::size_t{64} << 10U;
/// Two sleeping processors that wake each other over a fast link take up to the one; looking on takes a fraction of it.
constexpr std::chrono::microseconds soon{300};
constexpr std::chrono::microseconds max_look{150};

struct Header {
    std::uint32_t length = 0;
    MessageKind kind = MessageKind::refusal;
};

/// Throws PeerError when no such message may come.
Header header_of(std::span<const std::uint8_t> bytes) {
    Header header;
    std::uint16_t kind = 0;
    std::memcpy(&header.length, bytes.data(), sizeof header.length);
    std::memcpy(&kind, bytes.subspan(sizeof header.length).data(), sizeof kind);
    header.kind = static_cast<MessageKind>(kind);
    if (header.length > max_message(header.kind)) {
        throw PeerError("the peer announced a message of kind " + std::to_string(kind) + " with " +
                        std::to_string(header.length) + " bytes, and at most " +
                        std::to_string(max_message(header.kind)) + " are allowed");
    }
    return header;
}

}  // namespace

MessageSocket::MessageSocket(clusterdisc::FileDescriptor socket) : socket_(std::move(socket)) {
    const int flags = ::fcntl(number(), F_GETFL);
    if (flags == -1 || ::fcntl(number(), F_SETFL, flags | O_NONBLOCK) == -1) {
        throw std::system_error(errno, std::generic_category(), "call connection");
    }
    set_option(number(), IPPROTO_TCP, TCP_NODELAY, 1);
    end_when_silent(number());
}

void MessageSocket::begin_frame(MessageKind kind) {
    output_.assign(sizeof(std::uint32_t), 0);
    Encoder(output_).put(kind);
}

void MessageSocket::end_frame(MessageKind kind) {
    const std::size_t size = output_.size() - header_size;
    if (size > max_message(kind)) {
        throw PeerError("a message of kind " + std::to_string(static_cast<unsigned>(kind)) + " with " +
                        std::to_string(size) + " bytes cannot be sent: it is too long");
    }
    const auto length = static_cast<std::uint32_t>(size);
    std::memcpy(output_.data(), &length, sizeof length);
    sent_ = std::chrono::steady_clock::now();
    is_unanswered_ = true;
    std::size_t sent = 0;
    while (sent < output_.size()) {
        const ssize_t part = ::send(number(), output_.data() + sent, output_.size() - sent, MSG_NOSIGNAL);
        if (part >= 0) {
            sent += static_cast<std::size_t>(part);
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            pollfd wait{number(), POLLOUT, 0};
            if (::poll(&wait, 1, milliseconds_until_dead) == 0) {
                throw PeerError("the peer does not take what we send");
            }
        } else if (errno != EINTR) {
            throw PeerError(std::string("call connection: ") + std::generic_category().message(errno));
        }
    }
}

bool MessageSocket::has_message() const {
    const auto held = std::span(input_).subspan(input_begin_, input_end_ - input_begin_);
    if (held.size() < header_size) {
        return false;
    }
    return held.size() - header_size >= header_of(held).length;
}

bool MessageSocket::read_input() {
    for (;;) {
        if (input_begin_ == input_end_) {
            input_begin_ = 0;
            input_end_ = 0;
        }
        if (input_.size() - input_end_ < input_step) {
            input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(input_begin_));
            input_end_ -= input_begin_;
            input_begin_ = 0;
            input_.resize(input_end_ + input_step);
        }
        const ssize_t part = ::recv(number(), input_.data() + input_end_, input_.size() - input_end_, MSG_DONTWAIT);
        if (part > 0) {
            input_end_ += static_cast<std::size_t>(part);
            return true;
        }
        if (part == 0) {
            throw PeerClosed();
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return false;
        }
        if (errno != EINTR) {
            throw PeerError(std::string("call connection: ") + std::generic_category().message(errno));
        }
    }
}

std::optional<Frame> MessageSocket::receive() {
    while (!has_message()) {
        if (!read_input()) {
            return std::nullopt;
        }
    }
    if (is_unanswered_) {
        is_unanswered_ = false;
        last_wait_ = std::chrono::steady_clock::now() - sent_;
    }
    const auto held = std::span(input_).subspan(input_begin_, input_end_ - input_begin_);
    const auto [length, kind] = header_of(held);
    Frame frame;
    frame.kind = kind;
    const auto payload = held.subspan(header_size, length);
    frame.payload.assign(payload.begin(), payload.end());
    input_begin_ += header_size + length;
    return frame;
}

bool MessageSocket::wait_briefly() {
    if (last_wait_ <= soon && is_unanswered_) {
        while (!has_message() && std::chrono::steady_clock::now() - sent_ < max_look) {
            read_input();
        }
    }
    return has_message();
}

Frame MessageSocket::receive_until(std::chrono::steady_clock::time_point deadline) {
    for (;;) {
        if (auto frame = receive()) {
            return std::move(*frame);
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            throw PeerError("the peer does not answer");
        }
        pollfd wait{number(), POLLIN, 0};
        ::poll(&wait, 1, static_cast<int>(left.count()));
    }
}

}  // namespace openmosix
