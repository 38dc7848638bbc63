// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "freeze/memory_map.h"

namespace openmosix {

/// What the kernel says about a process that matters for whether it can move.
struct ProcessFacts {
    pid_t pid = 0;
    /// Works inside the kernel, for it.
    bool is_kernel_thread = false;
    /// Has an address space; a process that has ended and was not waited for has none any more.
    bool has_program = true;
    unsigned threads = 1;
    /// How many PID namespaces below ours it is in: there it has other numbers than here.
    unsigned nested_pid_namespaces = 0;
    /// Who traces it; 0: nobody.
    pid_t tracer = 0;
    /// Its parent or child with the same address space, as vfork(2) makes them; 0: none.
    pid_t shares_memory_with = 0;
    /// 0: none; 1: strict; 2: with a filter (seccomp(2)).
    unsigned seccomp = 0;
    std::uint64_t locked_kilobytes = 0;
    /// What a device or the kernel works on, as buffers registered with io_uring.
    std::uint64_t pinned_kilobytes = 0;
    std::uint64_t huge_page_kilobytes = 0;
    /// SCHED_OTHER, ... (sched(7)).
    unsigned scheduler = 0;
    std::vector<MappedRange> map;
    /// What its file descriptors lead to (/proc/PID/fd).
    std::vector<std::string> files;
};

/// Why it must stay where it is: "word: explanation", with openMosix's words where it had some, each word once; "traced
/// by PID" has no explanation. Empty when it can move.
///
/// Whether a process can move, not whether somebody may move it: that is objection_to() (control/authority.h). What
/// only the process itself can ask the kernel is settings_that_do_not_move() (process_settings.h).
///
/// Two things /proc does not show: whether it may use I/O ports (iopl(2), ioperm(2)), and whether a process that is
/// neither its parent nor its child shares its address space (clone(2) with CLONE_VM but without CLONE_THREAD).
std::vector<std::string> reasons_to_stay(const ProcessFacts& facts);

/// Throws std::runtime_error when there is no such process or `pid` is a thread that is not its process's first, and
/// std::system_error when we may not look at it.
ProcessFacts read_process_facts(pid_t pid);
/// The same of a process that may be traced by `tracer`, which does not count; 0: nobody.
ProcessFacts read_process_facts(pid_t pid, pid_t tracer);
std::vector<std::string> reasons_to_stay(pid_t pid);

/// Those of its mappings alone, with what VmFlags say (read_detailed_map()).
std::vector<std::string> reasons_to_stay(const std::vector<MappedRange>& map);

}  // namespace openmosix
