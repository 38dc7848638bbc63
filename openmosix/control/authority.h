// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <string_view>

namespace openmosix {

/// Whose a process is: real, effective and saved user id. They differ while a set-user-id program runs.
using ProcessOwner = std::array<uid_t, 3>;

/// From the content of /proc/PID/status (proc_pid_status(5)); none when it has no such line.
std::optional<ProcessOwner> parse_owner(std::string_view status);
/// None when there is no such process.
std::optional<ProcessOwner> read_owner(pid_t pid);

/// Root moves every process, others only what is theirs alone: as kill(2), but stricter, as ptrace(2) is.
bool may_move(uid_t user, const ProcessOwner& owner);

}  // namespace openmosix
