// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <csignal>

namespace openmosix {

/// Sends a signal to a process's main thread, with its information as far as the kernel lets one process say it of
/// another (rt_sigqueueinfo(2)). A process that is gone gets none.
void queue_signal(pid_t pid, const siginfo_t& info);

}  // namespace openmosix
