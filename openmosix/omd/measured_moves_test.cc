// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/measured_moves.h"

#include <gtest/gtest.h>

#include <vector>

namespace openmosix {
namespace {

nlohmann::json state_of(pid_t pid, unsigned moves) {
    return {{"pid", pid}, {"supervisor", 1}, {"moves", moves}};
}

nlohmann::json measured(pid_t pid, unsigned moves, unsigned milliseconds) {
    constexpr std::uint64_t nanoseconds_of_millisecond = 1'000'000;
    auto state = state_of(pid, moves);
    state["freeze_nanoseconds"] = milliseconds * nanoseconds_of_millisecond;
    state["transfer_bytes"] = 10'000'000;
    state["transfer_nanoseconds"] = 8'000'000'000;
    state["call_nanoseconds"] = 700'000;
    return state;
}

TEST(MeasuredMoves, CountEachDepartureOnce) {
    MeasuredMoves moves;
    balance::MoveCosts costs;
    std::vector<nlohmann::json> states{measured(7, 1, 100)};
    moves.take(states, costs);
    EXPECT_NEAR(costs.freeze_seconds(), 0.1, 1e-9);
    EXPECT_NEAR(costs.bandwidth(), 1'250'000, 1);
    EXPECT_NEAR(costs.call_latency_seconds(), 0.0007, 1e-9);
    states[0] = measured(7, 1, 900);
    moves.take(states, costs);
    EXPECT_NEAR(costs.freeze_seconds(), 0.1, 1e-9);
    states[0] = measured(7, 2, 900);
    moves.take(states, costs);
    EXPECT_NEAR(costs.freeze_seconds(), 0.3, 1e-9);
    // Another process has the same number.
    moves.take({}, costs);
    states[0] = measured(7, 2, 300);
    moves.take(states, costs);
    EXPECT_NEAR(costs.freeze_seconds(), 0.3, 1e-9);
}

TEST(MeasuredMoves, TakeWhatComesLater) {
    MeasuredMoves moves;
    balance::MoveCosts costs;
    const double assumed = costs.bandwidth();
    std::vector<nlohmann::json> states{measured(7, 1, 100)};
    for (const char* key : {"transfer_bytes", "transfer_nanoseconds", "call_nanoseconds"}) {
        states[0].erase(key);
    }
    moves.take(states, costs);
    EXPECT_NEAR(costs.freeze_seconds(), 0.1, 1e-9);
    EXPECT_EQ(costs.bandwidth(), assumed);
    states[0] = measured(7, 1, 900);
    moves.take(states, costs);
    EXPECT_NEAR(costs.freeze_seconds(), 0.1, 1e-9);
    EXPECT_NEAR(costs.bandwidth(), 1'250'000, 1);
}

TEST(MeasuredMoves, LeaveOutWhatNoMoveHas) {
    MeasuredMoves moves;
    balance::MoveCosts costs;
    const balance::MoveCosts assumed;
    std::vector<nlohmann::json> states{state_of(1, 1), state_of(2, 1), state_of(3, 1), state_of(4, 1)};
    const std::vector<nlohmann::json> wrong{-1, 18'000'000'000'000'000'000U, "1", nullptr};
    for (std::size_t index = 0; index < wrong.size(); ++index) {
        for (const char* key : {"freeze_nanoseconds", "transfer_bytes", "transfer_nanoseconds", "call_nanoseconds"}) {
            states[index][key] = wrong[index];
        }
    }
    moves.take(states, costs);
    EXPECT_EQ(costs.freeze_seconds(), assumed.freeze_seconds());
    EXPECT_EQ(costs.bandwidth(), assumed.bandwidth());
    EXPECT_EQ(costs.call_latency_seconds(), assumed.call_latency_seconds());
}

}  // namespace
}  // namespace openmosix
