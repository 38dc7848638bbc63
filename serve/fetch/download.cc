// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/download.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

namespace clusterdisc {
namespace {

bool would_wait() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

Download::Download(const PcAddress& server, std::uint16_t port, const std::string& name, std::uint64_t offset)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      request_("GET /" + name + " HTTP/1.0\r\nHost: " + text_of(server) +
               "\r\nRange: bytes=" + std::to_string(offset == 0 ? 0 : offset - 1) + "-\r\n\r\n"),
      offset_(offset) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    std::memcpy(&address.sin_addr, server.data(), server.size());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as connect(2) wants it
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (!socket_.is_open() || (::connect(socket_.number(), generic, sizeof address) != 0 && errno != EINPROGRESS)) {
        throw std::system_error(errno, std::generic_category(), "cannot connect to " + text_of(server));
    }
}

short Download::events() const {
    return stage_ == Stage::connecting ? POLLOUT : POLLIN;
}

std::optional<std::span<const std::uint8_t>> Download::advance() {
    if (stage_ == Stage::connecting) {
        if (!send_request()) {
            return std::nullopt;
        }
        return std::span<const std::uint8_t>{};
    }
    if (stage_ == Stage::head) {
        return read_head();
    }
    const auto size = receive(0);
    if (!size) {
        return std::nullopt;
    }
    const auto bytes = std::span<const std::uint8_t>(buffer_).first(*size);
    const std::size_t skipped = std::min(skip_, bytes.size());
    skip_ -= skipped;
    return bytes.subspan(skipped);
}

bool Download::send_request() {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        return false;
    }
    const ssize_t sent = ::send(socket_.number(), request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
        return would_wait() || errno == ENOTCONN;
    }
    stage_ = Stage::head;
    // A new connection has room for a few hundred bytes, always.
    return static_cast<std::size_t>(sent) == request_.size();
}

std::optional<std::size_t> Download::receive(std::size_t used) {
    const std::span<std::uint8_t> room = std::span(buffer_).subspan(used);
    const ssize_t size = ::recv(socket_.number(), room.data(), room.size(), 0);
    if (size < 0 && would_wait()) {
        return used;
    }
    if (size <= 0) {
        return std::nullopt;
    }
    return used + static_cast<std::size_t>(size);
}

std::optional<std::span<const std::uint8_t>> Download::read_head() {
    constexpr int whole = 200;
    constexpr int part = 206;
    const auto used = receive(head_used_);
    if (!used) {
        return std::nullopt;
    }
    head_used_ = *used;
    const auto bytes = std::span<const std::uint8_t>(buffer_).first(head_used_);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (http_head_size(text) == 0) {
        if (text.size() > max_http_head) {
            return std::nullopt;
        }
        return std::span<const std::uint8_t>{};
    }
    const auto reply = parse_http_reply(text);
    const std::uint64_t asked_for = offset_ == 0 ? 0 : offset_ - 1;
    if (!reply ||
        !((reply->status == part && reply->first_byte == asked_for) || (reply->status == whole && offset_ == 0))) {
        return std::nullopt;
    }
    stage_ = Stage::content;
    skip_ = offset_ == 0 ? 0 : 1;
    const auto content = bytes.subspan(reply->head_size);
    const std::size_t skipped = std::min(skip_, content.size());
    skip_ -= skipped;
    return content.subspan(skipped);
}

}  // namespace clusterdisc
