// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace openmosix {

/// The control group (cgroups(7), version 2) of all guests, which keeps them from taking the node's memory and
/// processors. It is made below omd's own group, when systemd has delegated that to it (Delegate=yes, see
/// systemd.resource-control(5)); elsewhere guests are not limited.
class GuestGroup {
public:
    /// Moves this process to a group `daemon` beside the one of guests: one that has groups with controllers must not
    /// have processes itself. What goes wrong is logged, and means that guests are not limited.
    GuestGroup();

    /// `memory` and `weight` as in the configuration.
    void limit(const std::string& memory, std::uint32_t weight) const;

    /// The file that bodies are added to; empty: not limited.
    [[nodiscard]] const std::string& processes_file() const { return processes_file_; }

private:
    std::string folder_;
    std::string processes_file_;
};

/// The path in the unified hierarchy, from the content of /proc/self/cgroup; empty: there is none.
std::string unified_group(const std::string& content);

}  // namespace openmosix
