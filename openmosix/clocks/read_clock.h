// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <ctime>

#include "clocks/clock_difference.h"

namespace openmosix {

/// Nanoseconds of a clock now.
std::int64_t read_clock(clockid_t clock);

/// CLOCK_MONOTONIC and CLOCK_MONOTONIC_COARSE now.
ClockReading read_monotonic();

/// Nanoseconds that CLOCK_REALTIME is ahead of CLOCK_MONOTONIC, and their coarse twins of each other. Exact: it only
/// changes when the wall clock is set or has a leap second, as clocks are slewed together (adjtimex(2)).
std::int64_t wall_clock_ahead();

}  // namespace openmosix
