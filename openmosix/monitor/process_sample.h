// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace openmosix::monitor {

/// Which process: a number is used again, but not with the same start.
struct ProcessKey {
    pid_t pid = 0;
    /// Field 22 of /proc/PID/stat, in clock ticks since the boot.
    std::uint64_t start_time = 0;

    auto operator<=>(const ProcessKey&) const = default;
};

/// What /proc says of a process at one moment.
struct ProcessSample {
    ProcessKey key;
    std::string name;
    std::string user;
    /// Of processors, in clock ticks.
    std::uint64_t used_ticks = 0;
};

}  // namespace openmosix::monitor
