// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace openmosix {

/// Returns the numbers of the signals that are pending for a ptrace-stopped process, blocked or not, as bits (bit 0 is
/// signal 1). Costs the same however many are pending. Throws std::system_error when the process is gone.
std::uint64_t pending_signals(pid_t pid);

}  // namespace openmosix
