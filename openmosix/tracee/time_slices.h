// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace openmosix {

/// Asks the kernel to let this process, and what it starts, run soon after it is woken, beside programs that compute:
/// it has little to do each time, and somebody waits for it. It gets no more processor time than others. Heeded since
/// Linux 6.12 (kernel/sched/syscalls.c, sched_runtime of SCHED_OTHER); older ones let wake first whoever slept long.
void prefer_short_slices();

/// As a process has them that nobody has changed: for one that computes.
void prefer_usual_slices();

}  // namespace openmosix
