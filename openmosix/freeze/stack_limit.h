// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace openmosix {

/// Returns RLIMIT_STACK of a process in bytes; RLIM_INFINITY: none. From /proc, as prlimit(2) asks for CAP_SYS_RESOURCE
/// with processes of other users. Throws std::runtime_error and std::system_error.
std::uint64_t stack_limit_of(pid_t pid);

}  // namespace openmosix
