// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace openmosix {

/// An entry of a process's auxiliary vector (getauxval(3)); 0 when it has none. Throws no_such_process().
std::uint64_t auxiliary_value(pid_t pid, std::uint64_t type);

}  // namespace openmosix
