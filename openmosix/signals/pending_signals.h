// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace openmosix {

/// Returns the numbers of the signals that are pending for a ptrace-stopped process, blocked or not, as bits (bit 0 is
/// signal 1). Costs the same however many are pending. Throws std::system_error when the process is gone.
std::uint64_t pending_signals(pid_t pid);

/// Returns how many signals of these numbers are pending for a ptrace-stopped process and not blocked: by the mask that
/// is in force, which within a call may be the call's own. Cheap when there are none. Throws as above.
std::size_t count_deliverable(pid_t pid, std::uint64_t numbers);

}  // namespace openmosix
