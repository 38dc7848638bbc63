// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace openmosix {

struct ProcessIdentity {
    std::string name;
    std::uint32_t uid = 0;
};

/// From /proc/PID/comm: any bytes but NUL. In /proc/PID/status some are escaped. Throws std::runtime_error when there
/// is no such process.
std::string command_name(pid_t pid);

/// Throws std::runtime_error when there is no such process.
ProcessIdentity gather_identity(pid_t pid);

/// An entry of the auxiliary vector (getauxval(3)); 0 when it has none.
std::uint64_t auxiliary_value(pid_t pid, std::uint64_t type);

}  // namespace openmosix
