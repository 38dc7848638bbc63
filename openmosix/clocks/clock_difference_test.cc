// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks/clock_difference.h"

#include <gtest/gtest.h>

#include <limits>

namespace openmosix {
namespace {

constexpr std::int64_t one_second = 1'000'000'000;

TEST(ClockDifference, IsWaitedForWhenItIsShort) {
    EXPECT_EQ(time_to_catch_up({5, 5}, {5, 5}, one_second), 0);
    EXPECT_EQ(time_to_catch_up({5, 3}, {7, 4}, one_second), 0);
    EXPECT_EQ(time_to_catch_up({one_second, 0}, {0, 0}, one_second), one_second);
    EXPECT_EQ(time_to_catch_up({one_second + 1, 0}, {0, 0}, one_second), -1);
    EXPECT_EQ(time_to_catch_up({latest_uptime, 0}, {-latest_uptime, 0}, one_second), -1);
}

TEST(ClockDifference, OfTheCoarseClockIsWaitedForAsWell) {
    EXPECT_EQ(time_to_catch_up({9, 8}, {9, 4}, one_second), 4);
    EXPECT_EQ(time_to_catch_up({9, 4}, {20, 4}, one_second), 0) << "it may lag as it did";
    EXPECT_EQ(time_to_catch_up({12, 8}, {9, 4}, one_second), 4);
    EXPECT_EQ(time_to_catch_up({0, one_second + 1}, {0, 0}, one_second), -1);
}

TEST(ClockDifference, GrowsWithTheTimeSinceTheClocksWereSet) {
    constexpr std::int64_t day = 86400 * one_second;
    EXPECT_EQ(max_drift(0), one_second);
    EXPECT_EQ(max_drift(day), one_second + day / 500);
    EXPECT_EQ(time_to_catch_up({day + 10 * one_second, day}, {day, day}, max_drift(day)), 10 * one_second);
    EXPECT_GT(max_drift(latest_uptime), 0);
}

TEST(ClockDifference, OfTimesThatMakeNoSenseIsNotTaken) {
    for (const std::int64_t time :
         {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
        EXPECT_FALSE(is_uptime(time));
        EXPECT_FALSE(is_wall_clock(time));
        EXPECT_FALSE(is_uptime(ClockReading{time, 0}) || is_uptime(ClockReading{0, time}));
    }
    EXPECT_TRUE(is_uptime(0));
    EXPECT_TRUE(is_wall_clock(1'800'000'000 * one_second));
}

}  // namespace
}  // namespace openmosix
