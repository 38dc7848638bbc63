// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks/timer_tick.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace openmosix {
namespace {

std::vector<std::uint8_t> timer_of(Abi abi, const std::array<std::int64_t, 4>& fields) {
    std::vector<std::uint8_t> bytes(4 * word_size(abi));
    for (std::size_t i = 0; i < fields.size(); ++i) {
        std::memcpy(bytes.data() + i * word_size(abi), &fields.at(i), word_size(abi));
    }
    return bytes;
}

class TimerTickOf : public testing::TestWithParam<Abi> {};

TEST_P(TimerTickOf, TakesTheTickAway) {
    const auto timer = timer_of(GetParam(), {3, 4, 2, 1000});
    EXPECT_EQ(to_start_again(timer, GetParam(), 4000), timer_of(GetParam(), {3, 4, 1, 997'000}));
}

TEST_P(TimerTickOf, LeavesATimerRunning) {
    const auto timer = timer_of(GetParam(), {0, 0, 0, 4000});
    EXPECT_EQ(to_start_again(timer, GetParam(), 4000), timer_of(GetParam(), {0, 0, 0, 1}));
}

TEST_P(TimerTickOf, LeavesAStoppedTimerStopped) {
    const auto timer = timer_of(GetParam(), {7, 0, 0, 0});
    EXPECT_EQ(to_start_again(timer, GetParam(), 4000), timer);
}

INSTANTIATE_TEST_SUITE_P(EachAbi, TimerTickOf, testing::Values(Abi::i386, Abi::amd64));

TEST(TimerTick, IsOneOfTheKernels) {
    EXPECT_GT(timer_tick(), 500);
    EXPECT_LE(timer_tick(), 10'000);
}

}  // namespace
}  // namespace openmosix
