// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <poll.h>

#include <span>

namespace openmosix {

/// From now on SIGCHLD waits, in all threads that begin later, until poll_with_child_signal() lets it through.
/// Throws std::system_error.
void catch_child_signal();

/// poll(2) that also returns (-1) when a child or a traced process has changed its state. Milliseconds; -1: for ever.
int poll_with_child_signal(std::span<pollfd> waits, int timeout);

}  // namespace openmosix
