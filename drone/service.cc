// SPDX-License-Identifier: GPL-2.0-or-later
#include "service.h"

#include <unistd.h>
#include <csignal>

#include <array>
#include <cerrno>
#include <system_error>

#include "kernel_log.h"

namespace clusterdisc {

std::optional<Clock::time_point> Service::start_time() const noexcept {
    return is_running() || !may_start_ ? std::nullopt : std::optional(start_time_);
}

void Service::start(Clock::time_point now) {
    started_at_ = now;
    try {
        child_ = start_child(options_.child);
    } catch (const std::system_error& error) {
        write_kernel_log(Priority::error, options_.name, error.what());
        plan_restart(now);
    }
}

void Service::note_end(int wait_status, Clock::time_point now) {
    read_output();
    child_.pid = -1;
    if (may_start_) {
        plan_restart(now);
        write_kernel_log(
            Priority::warning, options_.name,
            describe_end(wait_status) + "; it is started again in " +
                std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(start_time_ - now).count()) +
                " ms");
    }
}

void Service::plan_restart(Clock::time_point now) {
    start_time_ = now + delay_.next(std::chrono::duration_cast<RestartDelay::Duration>(now - started_at_));
}

void Service::send_signal(int signal) const {
    if (is_running()) {
        ::kill(child_.pid, signal);
    }
}

void Service::log_output(const std::string& line) const {
    // Our programs begin each line with their name.
    const std::string name = options_.name + ": ";
    write_kernel_log(Priority::info, options_.name, line.starts_with(name) ? line.substr(name.size()) : line);
}

void Service::read_output() {
    std::array<char, 1024> piece{};
    while (child_.output.is_open()) {
        const ssize_t length = ::read(child_.output.number(), piece.data(), piece.size());
        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length < 0) {
            return;
        }
        for (const std::string& line : lines_.add({piece.data(), static_cast<std::size_t>(length)})) {
            log_output(line);
        }
        if (length == 0) {
            child_.output = FileDescriptor();
            if (const std::string rest = lines_.take_rest(); !rest.empty()) {
                log_output(rest);
            }
        }
    }
}

}  // namespace clusterdisc
