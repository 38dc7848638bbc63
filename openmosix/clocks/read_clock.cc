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

std::int64_t wall_clock_ahead() {
    for (;;) {
        const std::int64_t before = read_clock(CLOCK_MONOTONIC_COARSE);
        const std::int64_t wall_clock = read_clock(CLOCK_REALTIME_COARSE);
        // Both change at a tick only.
        if (read_clock(CLOCK_MONOTONIC_COARSE) == before) {
            return wall_clock - before;
        }
    }
}

}  // namespace openmosix
