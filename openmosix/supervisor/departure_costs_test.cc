// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/departure_costs.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

TEST(DepartureCosts, AreNotKnownAtFirst) {
    DepartureCosts costs;
    costs.departed(5);
    costs.called(7);
    EXPECT_EQ(costs.freeze(), 5);
    EXPECT_EQ(costs.transfer(), 0);
    EXPECT_EQ(costs.transfer_bytes(), 0U);
    // Without a round trip.
    EXPECT_EQ(costs.call(), 0);
}

TEST(DepartureCosts, AreThoseOfTheLastOne) {
    DepartureCosts costs;
    costs.answered(300);
    costs.answered(100);
    costs.answered(200);
    costs.departed(5);
    EXPECT_EQ(costs.call(), 0);
    costs.called(70);
    costs.called(20);
    costs.called(1'000'000);
    costs.transferred(4096, 9);
    EXPECT_EQ(costs.call(), 120);
    EXPECT_EQ(costs.transfer_bytes(), 4096U);
    EXPECT_EQ(costs.transfer(), 9);

    costs.answered(50);
    costs.departed(6);
    EXPECT_EQ(costs.freeze(), 6);
    EXPECT_EQ(costs.transfer(), 0);
    EXPECT_EQ(costs.call(), 0);
    costs.called(10);
    EXPECT_EQ(costs.call(), 60);
}

}  // namespace
}  // namespace openmosix
