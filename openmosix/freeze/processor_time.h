// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace openmosix {

/// Nanoseconds that a process's main thread has run on a processor (/proc/PID/schedstat); 0 when it is gone.
std::uint64_t processor_time_of(pid_t pid);

}  // namespace openmosix
