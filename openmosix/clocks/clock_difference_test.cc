// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks/clock_difference.h"

#include <gtest/gtest.h>

#include <limits>

namespace openmosix {
namespace {

constexpr std::int64_t one_second = 1'000'000'000;

TEST(ClockDifference, IsWaitedForWhenItIsShort) {
    EXPECT_EQ(time_to_catch_up(5, 5), 0);
    EXPECT_EQ(time_to_catch_up(5, 7), 0);
    EXPECT_EQ(time_to_catch_up(one_second, 0), one_second);
    EXPECT_EQ(time_to_catch_up(one_second + 1, 0), -1);
    EXPECT_EQ(time_to_catch_up(latest_uptime, -latest_uptime), -1);
}

TEST(ClockDifference, OfTimesThatMakeNoSenseIsNotTaken) {
    for (const std::int64_t time :
         {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
        EXPECT_FALSE(is_uptime(time));
        EXPECT_FALSE(is_wall_clock(time));
    }
    EXPECT_TRUE(is_uptime(0));
    EXPECT_TRUE(is_wall_clock(1'800'000'000 * one_second));
}

}  // namespace
}  // namespace openmosix
