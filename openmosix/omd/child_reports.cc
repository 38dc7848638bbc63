// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/child_reports.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iterator>
#include <system_error>

#include "peer/child_report.h"

namespace openmosix {

clusterdisc::FileDescriptor ChildReports::open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        throw std::system_error(errno, std::generic_category(), "a pipe for a child of omd");
    }
    clusterdisc::FileDescriptor writer(ends[1]);
    pipes_.push_back({.reader = clusterdisc::FileDescriptor(ends[0]), .readable = {}});
    const auto pipe = std::prev(pipes_.end());
    pipe->readable =
        clusterdisc::add_io(event_, pipe->reader.number(), EPOLLIN, [this, pipe](std::uint32_t) { take(pipe); });
    return writer;
}

void ChildReports::take(std::list<Pipe>::iterator pipe) {
    std::array<char, max_report> text{};
    const ssize_t size = ::read(pipe->reader.number(), text.data(), text.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    // Ends the function object that we are called by, but not before we return (common/event_loop.h).
    pipes_.erase(pipe);
    if (size > 0) {
        on_report_(std::string(text.data(), static_cast<std::size_t>(size)));
    }
}

}  // namespace openmosix
