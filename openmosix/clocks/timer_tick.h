// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "abi.h"

namespace openmosix {

/// What the kernel adds to the value that setitimer(2) gets for ITIMER_VIRTUAL or ITIMER_PROF, in microseconds: one of
/// its ticks (kernel/time/itimer.c, set_cpu_itimer()). Asks the kernel once; any thread.
std::int64_t timer_tick();

/// A struct itimerval of this ABI as getitimer(2) gave it, such that setitimer(2) starts a timer that ends when that
/// one would have: less the tick, but still a running one.
std::vector<std::uint8_t> to_start_again(const std::vector<std::uint8_t>& timer, Abi abi, std::int64_t tick);

}  // namespace openmosix
