// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace openmosix {

/// The parts of /proc/PID/sched that matter here (kernel/sched/debug.c, proc_sched_show_task()).
struct SchedulingStatistics {
    /// When the process last began to run, or was charged for running, in nanoseconds of its processor's clock. Clocks
    /// of different processors differ, and this one does not count the time of interrupts.
    std::int64_t exec_start = 0;
    std::uint64_t voluntary_switches = 0;
};

/// From the content of the file; none when it is anything else.
std::optional<SchedulingStatistics> parse_scheduling_statistics(std::string_view text);

/// The sleep that a process was found in.
struct Sleep {
    /// On CLOCK_MONOTONIC, in nanoseconds.
    std::int64_t begin = 0;
    /// Each sleep begins with one: tells it from later ones.
    std::uint64_t voluntary_switches = 0;
};

/// Returns since when a process of one thread sleeps. None when it does not sleep, or when the kernel does not say
/// (it is built without CONFIG_SCHED_DEBUG). The calling thread runs on the processor of that process for a moment.
std::optional<Sleep> find_sleep_begin(pid_t pid);

/// True if the process has been woken once since, and has not gone to sleep again before it was ptrace-stopped.
bool was_stopped_in(const Sleep& sleep, pid_t pid);

}  // namespace openmosix
