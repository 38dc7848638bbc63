// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "child_process.h"
#include "line_buffer.h"
#include "restart_delay.h"

namespace clusterdisc {

using Clock = std::chrono::steady_clock;

struct ServiceOptions {
    std::string name{};
    ChildOptions child{};
    /// At a shutdown, this runs to its end first, or until the time is over; empty for nothing.
    std::vector<std::string> before_stop{};
    std::chrono::milliseconds max_before_stop{0};
    /// How long it may take to end after SIGTERM before it is killed.
    std::chrono::milliseconds max_stop{5000};
};

/// A program that is to run all the time: it is started again whenever it has ended.
class Service {
public:
    explicit Service(ServiceOptions options) : options_(std::move(options)) {}

    [[nodiscard]] const ServiceOptions& options() const noexcept { return options_; }
    [[nodiscard]] bool is_running() const noexcept { return child_.pid > 0; }
    [[nodiscard]] pid_t pid() const noexcept { return child_.pid; }
    /// Open while it, or a child of it, may write something.
    [[nodiscard]] int output() const noexcept { return child_.output.number(); }
    /// When it is to be started; none while it runs and after forbid_restart().
    [[nodiscard]] std::optional<Clock::time_point> start_time() const noexcept;

    /// Does not throw: when it cannot be started now, it is tried again later.
    void start(Clock::time_point now);

    /// It has ended, as waitpid(2) says.
    void note_end(int wait_status, Clock::time_point now);

    /// From now on its end is what is wanted.
    void forbid_restart() noexcept { may_start_ = false; }

    void send_signal(int signal) const;

    /// Passes on to the log what it has written.
    void read_output();

private:
    void plan_restart(Clock::time_point now);
    void log_output(const std::string& line) const;

    ServiceOptions options_;
    ChildProcess child_;
    LineBuffer lines_;
    RestartDelay delay_;
    Clock::time_point started_at_{};
    Clock::time_point start_time_{};
    bool may_start_ = true;
};

}  // namespace clusterdisc
