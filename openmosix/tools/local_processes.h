// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace openmosix {

/// The numbers of all processes that /proc has, in order. Throws std::filesystem::filesystem_error when there is none.
std::vector<pid_t> all_processes();

/// The name of a user of this machine, else the number.
std::string user_name(uid_t user);

}  // namespace openmosix
