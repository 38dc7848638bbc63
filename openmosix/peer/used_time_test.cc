// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/used_time.h"

#include <gtest/gtest.h>

#include <limits>

namespace openmosix {
namespace {

constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();

TEST(UsedTimes, AreNeverNegative) {
    EXPECT_EQ(without({5, 3}, {2, 1}), (UsedTime{3, 2}));
    EXPECT_EQ(without({5, 3}, {7, 3}), UsedTime());
}

TEST(UsedTimes, NeverDecrease) {
    EXPECT_EQ(grown({5, 3}, {6, 4}, 100), (UsedTime{6, 4}));
    EXPECT_EQ(grown({5, 3}, {4, 4}, 100), (UsedTime{5, 4}));
}

TEST(UsedTimes, GrowToTheirLimitAndNoFurther) {
    EXPECT_EQ(grown({5, 3}, {huge, 4}, 10), (UsedTime{7, 3}));
    EXPECT_EQ(grown({5, 3}, {6, huge}, 10), (UsedTime{6, 4}));
    EXPECT_EQ(grown({5, 3}, {huge, huge}, max_used_time).sum(), max_used_time);
    EXPECT_EQ(grown({5, 3}, {6, 4}, 7), (UsedTime{5, 3}));
}

}  // namespace
}  // namespace openmosix
