// SPDX-License-Identifier: GPL-2.0-or-later
#include "restart_delay.h"

#include <gmock/gmock.h>

namespace clusterdisc {
namespace {

using std::chrono::milliseconds;

TEST(RestartDelay, DoublesUpToALimitWhileAProgramFailsAtOnce) {
    RestartDelay delay;
    EXPECT_EQ(delay.next(milliseconds(3)), milliseconds(500));
    EXPECT_EQ(delay.next(milliseconds(3)), milliseconds(1000));
    EXPECT_EQ(delay.next(milliseconds(3)), milliseconds(2000));
    for (int time = 0; time < 20; ++time) {
        delay.next(milliseconds(3));
    }
    EXPECT_EQ(delay.next(milliseconds(3)), RestartDelay::longest);
}

TEST(RestartDelay, BeginsAgainAfterAProgramHasRunForLong) {
    RestartDelay delay;
    delay.next(milliseconds(3));
    delay.next(milliseconds(3));
    EXPECT_EQ(delay.next(RestartDelay::proven), RestartDelay::shortest);
    EXPECT_EQ(delay.next(milliseconds(3)), milliseconds(1000));
}

}  // namespace
}  // namespace clusterdisc
