// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks/read_clock.h"

namespace openmosix {

std::int64_t read_clock(clockid_t clock) {
    constexpr std::int64_t second = 1'000'000'000;
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * second + now.tv_nsec;
}

ClockReading read_monotonic() {
    return {.fine = read_clock(CLOCK_MONOTONIC), .coarse = read_clock(CLOCK_MONOTONIC_COARSE)};
}

ClockReading read_realtime() {
    return {.fine = read_clock(CLOCK_REALTIME), .coarse = read_clock(CLOCK_REALTIME_COARSE)};
}

}  // namespace openmosix
