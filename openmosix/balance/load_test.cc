// SPDX-License-Identifier: GPL-2.0-or-later
//
// Of processors, means of load, memory and costs: the numbers that decisions are made from.
#include <gtest/gtest.h>

#include "balance/command_history.h"
#include "balance/load_average.h"
#include "balance/memory_limits.h"
#include "balance/move_costs.h"
#include "balance/pace.h"
#include "balance/plausibility.h"
#include "balance/processors.h"
#include "balance/tuning.h"

namespace openmosix::balance {
namespace load_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Throughput, CountsHardwareThreadsForWhatTheyGive) {
    const Processors processors{.cores = 2, .threads = 4};
    EXPECT_DOUBLE_EQ(throughput(processors, 1), 1);
    EXPECT_DOUBLE_EQ(throughput(processors, 2), 2);
    EXPECT_DOUBLE_EQ(throughput(processors, 3), 2.25);
    EXPECT_DOUBLE_EQ(throughput(processors, 9), 2.5);
    EXPECT_DOUBLE_EQ(capacity(processors), 2.5);
    EXPECT_DOUBLE_EQ(processor_share(processors, 5), 0.5);
}

TEST(Throughput, HasTheLimitOfTheControlGroup) {
    EXPECT_DOUBLE_EQ(throughput({.cores = 8, .threads = 8, .limit = 150}, 4), 1.5);
    EXPECT_DOUBLE_EQ(processor_share({.cores = 8, .threads = 8, .limit = 50}, 0), 0.5);
}

TEST(LoadAverage, FollowsWhatRuns) {
    LoadAverage load;
    load.sample(seconds(1), 4);
    EXPECT_DOUBLE_EQ(load.value(seconds(1)), 0);
    EXPECT_NEAR(load.value(seconds(2)), 4 * (1 - 0.3679), 0.01);
    EXPECT_NEAR(load.value(seconds(30)), 4, 0.01);
    load.sample(seconds(30), 0);
    EXPECT_NEAR(load.value(seconds(31)), 4 * 0.3679, 0.01);
}

TEST(LoadAverage, CountsArrivalsAtOnce) {
    LoadAverage load;
    load.add(seconds(1), 1);
    load.sample(seconds(1), 1);
    EXPECT_NEAR(load.value(seconds(1)), 1, 1e-9);
    EXPECT_NEAR(load.value(seconds(2)), 1, 1e-9);
    load.add(seconds(2), -5);
    EXPECT_EQ(load.value(seconds(2)), 0);
}

TEST(Pace, IsSlowerWithForwardedCalls) {
    NodeState node;
    node.speed = 2 * standard_speed;
    EXPECT_DOUBLE_EQ(pace(node, 1), 2);
    EXPECT_DOUBLE_EQ(pace(node, 4), 0.5);
    EXPECT_DOUBLE_EQ(pace_away(node, 1, 0.5), 1);
}

TEST(MoveCosts, BecomeWhatWasMeasured) {
    MoveCosts costs;
    ProcessState process;
    process.calls_per_second = 1000;
    EXPECT_NEAR(costs.call_seconds(process), 0.15, 1e-9);
    const double first = costs.move_seconds(25'600);
    // The first measurement is worth more than any assumption: 10 Mbit/s.
    costs.observe_move(milliseconds(30), 1'250'000 * 4, seconds(4));
    EXPECT_NEAR(costs.bandwidth(), 1'250'000, 1);
    EXPECT_NEAR(costs.freeze_seconds(), 0.03, 1e-9);
    costs.observe_move(milliseconds(30), 1000, seconds(4));
    EXPECT_NEAR(costs.bandwidth(), 1'250'000, 1);
    for (int move = 0; move < 40; ++move) {
        costs.observe_move(milliseconds(5), 100'000'000, seconds(1));
        costs.observe_call(std::chrono::microseconds(44));
        costs.observe_placement(milliseconds(10));
    }
    EXPECT_LT(costs.move_seconds(25'600), first / 5);
    EXPECT_NEAR(costs.move_seconds(0), 0.005, 1e-4);
    EXPECT_NEAR(costs.call_seconds(process), 0.044, 1e-4);
    EXPECT_NEAR(costs.placement_seconds(), 0.01, 1e-4);
    costs.observe_move(Instant(-1), 1, Instant(0));
    EXPECT_NEAR(costs.move_seconds(0), 0.005, 1e-4);
}

TEST(MemoryLimits, KeepAReserveAndSeeAShortage) {
    NodeState node;
    node.total_pages = 1000;
    node.free_pages = 500;
    EXPECT_TRUE(has_memory_for(node, 380));
    EXPECT_FALSE(has_memory_for(node, 381));
    EXPECT_FALSE(has_memory_for(node, 0xffffffffU));
    EXPECT_EQ(missing_pages(node), 0U);
    node.free_pages = 10;
    EXPECT_EQ(missing_pages(node), 50U);
    node.free_pages = 60;
    EXPECT_EQ(missing_pages(node), 0U);
}

TEST(MemoryLimits, CostMoreTheFullerTheNodeIs) {
    NodeState node;
    node.total_pages = 1000;
    node.free_pages = 900;
    const double empty = marginal_memory_cost(node, 100, 16);
    node.free_pages = 200;
    EXPECT_GT(marginal_memory_cost(node, 100, 16), 4 * empty);
    EXPECT_LE(marginal_memory_cost(node, 0xffffffffU, 65'535), 1);
}

TEST(Plausibility, ClampsWhatNoNodeHas) {
    NodeState lie;
    lie.node = 3;
    lie.speed = 0;
    lie.processors = {.cores = 0, .threads = 65'535, .limit = 0};
    lie.runnable_hundredths = 0xffffffffU;
    lie.total_pages = 0xffffffffU;
    lie.free_pages = 0xffffffffU;
    EXPECT_EQ(plausibility_of(lie), Plausibility::absurd);
    const NodeState state = clamped(lie);
    EXPECT_EQ(plausibility_of(state), Plausibility::plausible);
    EXPECT_EQ(state.speed, min_speed);
    EXPECT_EQ(state.free_pages, max_pages);
    EXPECT_GT(capacity(state.processors), 0);
}

TEST(CommandHistory, KnowsWhatEndedAndIsBounded) {
    CommandHistory history;
    EXPECT_EQ(history.expected("cc1").work, tuning::unknown_work);
    history.ended("cc1", {.work = 2, .calls_per_work = 100, .pages = 10});
    EXPECT_EQ(history.expected("cc1").work, 2);
    history.ended("cc1", {.work = 4, .calls_per_work = 100, .pages = 1});
    EXPECT_EQ(history.expected("cc1").work, 2.5);
    EXPECT_EQ(history.expected("cc1").pages, 9U);
    for (int command = 0; command < 1000; ++command) {
        history.ended("command" + std::to_string(command), {});
    }
    EXPECT_EQ(history.size(), tuning::max_known_commands);
    EXPECT_EQ(history.expected("cc1").work, tuning::unknown_work);
}

}  // namespace
}  // namespace load_test
}  // namespace openmosix::balance
