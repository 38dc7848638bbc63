// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/guest_time.h"

#include <gtest/gtest.h>

#include <limits>

namespace openmosix {
namespace {

constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();

TEST(GuestTime, BeginsWithWhatWasUsedBefore) {
    GuestTime time(100, {5, 3}, {4, 2});
    time.set_body(10, 4);
    EXPECT_EQ(time.elsewhere(), (UsedTime{11, 7}));
    EXPECT_EQ(time.uncounted(), (UsedTime{7, 5}));
    EXPECT_EQ(time.all(10), 118U);
    EXPECT_EQ(time.all(12), 120U);
}

TEST(GuestTime, LeavesToHomeWhatItsKernelCounts) {
    GuestTime time(100, {5, 3}, {});
    time.set_counted({5, 2});
    EXPECT_EQ(time.uncounted(), (UsedTime{0, 1}));
    EXPECT_EQ(time.elsewhere(), (UsedTime{5, 3}));
    time.set_counted({5, huge});
    EXPECT_EQ(time.uncounted(), UsedTime());
}

TEST(GuestTime, NeitherPartDecreases) {
    GuestTime time;
    time.set_body(100, 0);
    // The system's part, in ticks, jumps by more than the sum has grown.
    time.set_body(110, 40);
    EXPECT_EQ(time.elsewhere(), (UsedTime{100, 10}));
    time.set_body(150, 40);
    EXPECT_EQ(time.elsewhere(), (UsedTime{110, 40}));
    // The body is gone.
    time.set_body(0, 0);
    EXPECT_EQ(time.elsewhere(), (UsedTime{110, 40}));
    EXPECT_EQ(time.all(0), 150U);
}

TEST(GuestTime, TakesNoMoreFromHomeThanCanBeAdded) {
    GuestTime time(huge, {huge, huge}, {huge, huge});
    time.set_body(1000, 0);
    EXPECT_EQ(time.elsewhere().sum(), max_used_time + 1000);
    EXPECT_EQ(time.all(1000), 2 * max_used_time + 1000);
    EXPECT_LT(time.all(1000), std::uint64_t{1} << 63U);
}

}  // namespace
}  // namespace openmosix
