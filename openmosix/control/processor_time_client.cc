// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/processor_time_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "common/file_descriptor.h"
#include "control/client.h"

namespace openmosix {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t max_answer = 65536;

/// Not open when nobody listens there, or so many wait already that one more would have to wait, too.
clusterdisc::FileDescriptor connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    clusterdisc::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open() || path.size() >= sizeof address.sun_path) {
        return clusterdisc::FileDescriptor();
    }
    std::memcpy(&address.sun_path, path.c_str(), path.size() + 1);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the socket API wants it
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return clusterdisc::FileDescriptor();
    }
    return socket;
}

/// A line, or what there is of it when the connection or the time is over.
std::string receive_line(int socket, Clock::time_point deadline) {
    std::string line;
    while (!line.ends_with('\n') && line.size() < max_answer) {
        std::array<char, 4096> buffer{};
        const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (size > 0) {
            line.append(buffer.data(), static_cast<std::size_t>(size));
            continue;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (size == 0 || (errno != EAGAIN && errno != EINTR) || left <= 0) {
            break;
        }
        pollfd wait{socket, POLLIN, 0};
        ::poll(&wait, 1, static_cast<int>(left));
    }
    return line;
}

}  // namespace

CountingResult ProcessorTimeClient::ask(const ProcessorTimeRequest& request, std::chrono::milliseconds wait) const {
    const auto deadline = Clock::now() + wait;
    const auto socket = connect_to(path_);
    const std::string line = to_line(request);
    // It is short, so that a new connection takes all of it or nothing.
    if (!socket.is_open() ||
        ::send(socket.number(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
        return CountingResult::failed;
    }
    const auto answer = parse_answer(receive_line(socket.number(), deadline));
    if (!answer) {
        return CountingResult::unknown;
    }
    if (!(*answer)["ok"].get<bool>()) {
        return CountingResult::failed;
    }
    const auto counted = answer->find("counted");
    if (counted == answer->end() || !counted->is_boolean()) {
        return CountingResult::unknown;
    }
    return counted->get<bool>() ? CountingResult::counted : CountingResult::unsupported;
}

}  // namespace openmosix
