// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openmosix {

/// Sets of signals or of capabilities, as bits.
using BitSet = std::uint64_t;

/// The parts of /proc/PID/status that matter here (proc_pid_status(5)).
struct ProcessStatus {
    /// Any bytes but NUL.
    std::string name;
    pid_t thread_group = 0;
    pid_t parent = 0;
    /// The process that traces it; 0: none.
    pid_t tracer = 0;
    /// Real, effective, saved and file system ids.
    std::array<uid_t, 4> users{};
    std::array<gid_t, 4> groups{};
    std::vector<gid_t> supplementary_groups;
    /// None of a process that has ended.
    std::optional<std::uint32_t> umask;
    unsigned threads = 0;
    /// How many PID namespaces below ours it is in.
    unsigned nested_pid_namespaces = 0;
    /// 0: none; 1: strict; 2: with a filter (seccomp(2)).
    unsigned seccomp = 0;
    /// False of kernel threads and of processes that have ended.
    bool has_memory = false;
    /// What is in memory of pages that no file has, and what of them is swapped out.
    std::uint64_t anonymous_kilobytes = 0;
    std::uint64_t swapped_kilobytes = 0;
    std::uint64_t locked_kilobytes = 0;
    /// What a device or the kernel works on, as buffers registered with io_uring.
    std::uint64_t pinned_kilobytes = 0;
    std::uint64_t huge_page_kilobytes = 0;
    /// Signals that wait for the main thread, and for the process.
    BitSet pending = 0;
    BitSet shared_pending = 0;
    BitSet blocked = 0;
    BitSet ignored = 0;
    BitSet caught = 0;
    /// Inheritable, permitted, effective and ambient ones.
    std::array<BitSet, 4> capabilities{};
};

/// From the content of the file; none when it is anything else or only a part of it.
std::optional<ProcessStatus> parse_process_status(std::string_view text);

/// None when there is no such process. Throws std::runtime_error when the kernel says what cannot be parsed, and
/// std::system_error when the file cannot be read.
std::optional<ProcessStatus> find_process_status(pid_t pid);
/// The same, for who looks at many processes; none also when the file cannot be read or parsed, as of a process that
/// ends just now.
std::optional<ProcessStatus> try_to_find_process_status(pid_t pid);
/// As find_process_status(); throws no_such_process() when there is none.
ProcessStatus read_process_status(pid_t pid);

}  // namespace openmosix
