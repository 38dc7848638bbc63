// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/yardstick.h"

#include <gtest/gtest.h>

#include <limits>

#include "balance/speed_measurement.h"

namespace openmosix::balance {
namespace yardstick_test {
namespace {

TEST(Yardstick, GivesTheStandardProcessorItsSpeed) {
    EXPECT_EQ(speed_of(standard_rates), standard_speed);
}

TEST(Yardstick, CountsTheTimeOfTheMix) {
    LoopRates twice = standard_rates;
    twice.integer *= 2;
    // A quarter of the time for half of the work, the other half as before.
    EXPECT_EQ(speed_of(twice), 13'333U);
    EXPECT_EQ(speed_of({}), min_speed);
    EXPECT_EQ(speed_of({.integer = 1e30, .x87 = 1e30, .memory = 1e30}), max_speed);
}

TEST(Yardstick, ShowsLoadAsOpenMosixDid) {
    EXPECT_EQ(openmosix_load(1, {}, standard_speed), 250U);
    EXPECT_EQ(openmosix_load(1, {.cores = 4, .threads = 4}, 2 * standard_speed), 31U);
    EXPECT_EQ(openmosix_load(0, {}, standard_speed), 0U);
    EXPECT_EQ(openmosix_load(1e30, {}, 0), 0x7fffffffU);
    EXPECT_EQ(openmosix_load(std::numeric_limits<double>::quiet_NaN(), {}, standard_speed), 0U);
}

TEST(SpeedMeasurement, EndsAfterTheTimeOfItsClock) {
    Instant time{};
    const LoopRates rates = measure_loop_rates([&time] { return time += std::chrono::milliseconds(1); });
    // 1000 rounds between two looks at a clock that goes on by 1 ms.
    EXPECT_NEAR(rates.integer, 1e6, 1e5);
    EXPECT_NEAR(rates.x87, 1e6, 1e5);
    EXPECT_NEAR(rates.memory, 1e6, 1e5);
    EXPECT_LT(time, std::chrono::milliseconds(400));
}

TEST(SpeedMeasurement, MeasuresThisProcessor) {
    const auto start = std::chrono::steady_clock::now();
    const LoopRates rates = measure_loop_rates(
        [start] { return std::chrono::duration_cast<Instant>(std::chrono::steady_clock::now() - start); });
    // Whatever runs the test is faster than a 486.
    EXPECT_GT(speed_of(rates), 100U);
}

}  // namespace
}  // namespace yardstick_test
}  // namespace openmosix::balance
