// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace openmosix {

/// What keeps a guest away from the node that it runs on.
struct Confinement {
    /// Whose rights it has: nobody's.
    uid_t user = 65534;
    gid_t group = 65534;
    /// An empty folder that becomes its file system.
    std::string empty_folder;
    /// Where it is added: files like cgroup.procs; none: not limited.
    std::vector<std::string> control_groups;
};

/// Nanoseconds that a guest's clocks are ahead of this node's.
struct ClockOffsets {
    std::int64_t monotonic = 0;
    std::int64_t boottime = 0;
};

/// In a new process, before the guest's program: enters namespaces of its own (network, mounts, IPC, host name) with an
/// empty file system, closes all files but `keep`. Returns the name of what failed, with errno; null when all is well.
/// Uses nothing that is unsafe after fork().
const char* confine(const Confinement& confinement, int keep);

/// The next child of this process has these clocks (time_namespaces(7)). Throws std::system_error.
void set_clocks_of_children(const ClockOffsets& offsets);

/// Children after this have our own clocks again. Before Linux 6.3 a process whose children have others cannot start
/// threads (EINVAL; copy_process() of kernel/fork.c); and one that has threads cannot call this. Throws
/// std::system_error.
void set_own_clocks_of_children();

}  // namespace openmosix
