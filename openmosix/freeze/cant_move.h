// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "freeze/memory_map.h"

namespace openmosix {

/// What /proc says about a process that matters for whether it can move.
struct ProcessFacts {
    pid_t pid = 0;
    bool has_program = true;
    unsigned threads = 1;
    pid_t tracer = 0;
    unsigned seccomp = 0;
    std::uint64_t locked_kilobytes = 0;
    /// SCHED_OTHER, ... (sched(7)).
    int scheduler = 0;
    std::vector<MappedRange> map;
    /// What its file descriptors lead to (/proc/PID/fd).
    std::vector<std::string> files;
};

/// Why it must stay where it is: "word: explanation", with openMosix's words where it had some; empty when it can move.

std::vector<std::string> reasons_to_stay(const ProcessFacts& facts);

/// Throws std::runtime_error when there is no such process.
ProcessFacts read_process_facts(pid_t pid);
std::vector<std::string> reasons_to_stay(pid_t pid);

}  // namespace openmosix
