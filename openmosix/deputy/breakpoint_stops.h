// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <csignal>
#include <cstdint>
#include <vector>

#include "tracee/tracee.h"

namespace openmosix {

/// Lets a process take the SIGTRAP of a breakpoint that it has executed already. SIGSTOP that comes first is kept.
void finish_breakpoint(Tracee& tracee);

/// Takes the pending signals of these numbers, blocked or not, oldest first, from a stopped process; those that come
/// meanwhile may be left. `registers` are such that it executes a breakpoint next. Afterwards it is stopped there,
/// with another signal mask.
std::vector<siginfo_t> take_signals_at_breakpoint(Tracee& tracee, const Registers& registers, std::uint64_t numbers);

}  // namespace openmosix
