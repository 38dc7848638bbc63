// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace openmosix::kernel {

/// How many times a process of this node has migrated, as our kernel remembers it (/proc/PID/nmigs); 0 on others, and
/// when it is gone.
std::uint32_t read_migration_count(pid_t pid);

}  // namespace openmosix::kernel
