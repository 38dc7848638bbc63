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

/// CLOCK_REALTIME and CLOCK_REALTIME_COARSE now.
ClockReading read_realtime();

}  // namespace openmosix
