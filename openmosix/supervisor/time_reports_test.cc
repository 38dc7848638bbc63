// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/time_reports.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t least = 10;

TimeReports::Instant at(int second) {
    return TimeReports::Instant(seconds(second));
}

TEST(TimeReports, BeginWhenTheBodyHasRun) {
    TimeReports reports({5, 5}, at(1));
    EXPECT_FALSE(reports.next().has_value());
    reports.body_runs();
    EXPECT_EQ(reports.next(), at(3));
}

TEST(TimeReports, SayWhatIsWorthIt) {
    TimeReports reports({5, 5}, at(1));
    EXPECT_FALSE(reports.take({9, 10}, true, least, at(3)));
    EXPECT_TRUE(reports.take({9, 11}, true, least, at(5)));
    EXPECT_FALSE(reports.take({9, 11}, true, least, at(7)));
    EXPECT_TRUE(reports.take({9, 12}, true, 1, at(7)));
}

TEST(TimeReports, EndWhileTheBodyWaits) {
    TimeReports reports({}, at(0));
    reports.body_runs();
    EXPECT_TRUE(reports.take({10, 10}, false, least, at(2)));
    EXPECT_FALSE(reports.next().has_value());
    reports.body_runs();
    EXPECT_EQ(reports.next(), at(4));
}

TEST(TimeReports, BecomeRareWhileTheBodyUsesNothing) {
    TimeReports reports({}, at(0));
    reports.body_runs();
    int now = 2;
    for (const int pause : {4, 8, 16, 16}) {
        EXPECT_FALSE(reports.take({}, true, least, at(now)));
        EXPECT_EQ(reports.next(), at(now + pause));
        now += pause;
    }
    EXPECT_TRUE(reports.take({20, 0}, true, least, at(now)));
    EXPECT_EQ(reports.next(), at(now + 2));
}

}  // namespace
}  // namespace openmosix
