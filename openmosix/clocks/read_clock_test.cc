// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks/read_clock.h"

#include <gtest/gtest.h>

#include <chrono>

namespace openmosix {
namespace {

TEST(WallClockAhead, IsTheSameToTheNanosecondAtEachReading) {
    const std::int64_t first = wall_clock_ahead();
    // More than a few ticks.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    while (std::chrono::steady_clock::now() < end) {
        ASSERT_EQ(wall_clock_ahead(), first);
    }
}

TEST(WallClockAhead, IsWhatTheFineClocksAreApart) {
    const std::int64_t before = read_clock(CLOCK_MONOTONIC);
    const std::int64_t wall_clock = read_clock(CLOCK_REALTIME);
    const std::int64_t after = read_clock(CLOCK_MONOTONIC);
    EXPECT_LE(before, wall_clock - wall_clock_ahead());
    EXPECT_GE(after, wall_clock - wall_clock_ahead());
}

}  // namespace
}  // namespace openmosix
