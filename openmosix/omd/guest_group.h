// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace openmosix {

/// The control groups (cgroups(7), version 2) of all guests, which keep them from taking the node's memory and
/// processors: one of their bodies, one of their supervisors. They are made below omd's own group, when systemd has
/// delegated that to it (Delegate=yes, see systemd.resource-control(5)); elsewhere guests are not limited.
///
/// A body that waits for a page waits for its supervisor. So supervisors have a limit of their own, which no body can
/// use up, and one at which the kernel kills (memory.max), not one at which it lets them sleep (memory.high).
class GuestGroup {
public:
    /// Moves this process to a group `daemon` beside those of guests: one that has groups with controllers must not
    /// have processes itself. What goes wrong is logged, and means that guests are not limited. `mount_point`: of the
    /// unified hierarchy; `own_groups`: the content of /proc/self/cgroup.
    explicit GuestGroup(const std::string& mount_point = "/sys/fs/cgroup",
                        const std::string& own_groups = read_own_groups());

    /// `memory` and `weight` as in the configuration.
    void limit(const std::string& memory, std::uint32_t weight) const;

    /// The files that bodies and supervisors are added to; empty: not limited.
    [[nodiscard]] const std::string& processes_file() const { return processes_file_; }
    [[nodiscard]] const std::string& supervisors_file() const { return supervisors_file_; }

private:
    static std::string read_own_groups();

    std::string folder_;
    std::string supervisors_folder_;
    std::string processes_file_;
    std::string supervisors_file_;
};

/// Moves a process to a group, by the group's file; it is logged when that fails.
void add_to_group(const std::string& processes_file, pid_t pid);

/// A memory_limit of the configuration as memory.max takes it: a share such as "60%" in bytes, of `total` bytes.
std::string to_memory_max(const std::string& limit, std::uint64_t total);

}  // namespace openmosix
