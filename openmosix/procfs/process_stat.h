// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace openmosix {

/// The parts of /proc/PID/stat that matter here (proc_pid_stat(5)). Times are in clock ticks (sysconf(_SC_CLK_TCK)).
struct ProcessStat {
    /// Any bytes but NUL.
    std::string name;
    /// R: runs or could run; S: sleeps; ...
    char state = 0;
    std::uint64_t process_group = 0;
    std::uint64_t session = 0;
    /// Of its controlling terminal: its number, and the process group in its foreground; 0: none.
    std::uint64_t terminal = 0;
    std::uint64_t foreground_group = 0;
    /// PF_* of include/linux/sched.h.
    std::uint64_t flags = 0;
    std::uint64_t user_time = 0;
    std::uint64_t system_time = 0;
    /// Since the boot: tells a process from an earlier one with the same id.
    std::uint64_t start_time = 0;
    /// The one that it runs on, or ran on last.
    unsigned processor = 0;
    /// SCHED_OTHER, ... (sched(7)).
    unsigned policy = 0;
    // Addresses; 0 where the reader may not see them.
    std::uint64_t start_code = 0;
    std::uint64_t end_code = 0;
    std::uint64_t start_stack = 0;
    std::uint64_t start_data = 0;
    std::uint64_t end_data = 0;
    std::uint64_t start_brk = 0;
    std::uint64_t arg_start = 0;
    std::uint64_t arg_end = 0;
    std::uint64_t env_start = 0;
    std::uint64_t env_end = 0;
};

/// From the content of the file; none when it is anything else or only a part of it.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

/// None when there is no such process. Throws std::runtime_error when the kernel says what cannot be parsed, and
/// std::system_error when the file cannot be read.
std::optional<ProcessStat> find_process_stat(pid_t pid);
/// The same, for who looks at many processes; none also when the file cannot be read or parsed, as of a process that
/// ends just now.
std::optional<ProcessStat> try_to_find_process_stat(pid_t pid);
/// As find_process_stat(); throws no_such_process() when there is none.
ProcessStat read_process_stat(pid_t pid);

}  // namespace openmosix
