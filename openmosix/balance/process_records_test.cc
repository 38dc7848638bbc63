// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/process_records.h"

#include <gtest/gtest.h>

#include "balance/move_planner.h"
#include "balance/states_for_tests.h"
#include "balance/tuning.h"

namespace openmosix::balance::process_records_test {
namespace {

using states_for_tests::node;
using states_for_tests::process;
using std::chrono::seconds;

constexpr Instant now = seconds(1000);
constexpr ProcessId own{.home = 1, .pid = 10};

/// A planner of node 1, beside which node 2 is idle.
class PlannerRecords : public testing::Test {
protected:
    PlannerRecords() {
        situation.now = now;
        situation.own = node(1, 2);
        situation.others = {{.state = node(2, 0), .said = now - std::chrono::milliseconds(500)}};
    }
    std::vector<Move> round(const std::vector<ProcessState>& processes) {
        return planner.round(situation, processes, {});
    }

    MovePlanner planner{1, 42};
    Situation situation;
};

TEST(ProcessRecord, ForgetsWhatAnotherProgramDid) {
    ProcessRecords records;
    records.refused(now, own, "it has threads");
    records.departed(now, own);
    records.pause_home(own, now + seconds(4));
    records.begin(now, own);
    records.forget(own);
    EXPECT_FALSE(records.is_paused(now, own));
    EXPECT_EQ(records.reason(own), "");
    EXPECT_FALSE(records.has_just_departed(own));
    EXPECT_FALSE(records.is_home_paused(own));
    // The process itself is the same.
    EXPECT_TRUE(records.is_under_way(own));
    records.gone(own);
    EXPECT_FALSE(records.is_under_way(own));
    // The first reason of the next one is the first.
    records.refused(now, own, "it is traced");
    EXPECT_FALSE(records.is_paused(now + tuning::first_reason_pause, own));
}

TEST_F(PlannerRecords, AreOfOneProgram) {
    const auto moves = round({process(10)});
    ASSERT_EQ(moves.size(), 1U);
    planner.move_ended(now, moves[0], ProcessRefused{"it has threads"});
    situation.now += seconds(1);
    EXPECT_TRUE(round({process(10)}).empty());
    planner.process_started(own.pid);
    EXPECT_TRUE(planner.history().of(own).empty());
    EXPECT_EQ(round({process(10)}).size(), 1U);
}

TEST_F(PlannerRecords, AreOfOneProcess) {
    const auto moves = round({process(10)});
    ASSERT_EQ(moves.size(), 1U);
    planner.process_ended(own.pid);
    EXPECT_TRUE(planner.history().of(own).empty());
    planner.move_ended(now, moves[0], ProcessRefused{"it has ended"});
    situation.now += seconds(1);
    // Another process with its number.
    EXPECT_EQ(round({process(10)}).size(), 1U);
}

TEST_F(PlannerRecords, SayThatOthersHaveComputedForLonger) {
    situation.others.clear();
    std::vector<ProcessState> processes;
    for (std::size_t count = 0; count <= tuning::max_processes_of_round; ++count) {
        processes.push_back(process(static_cast<pid_t>(100 + count)));
    }
    processes[3].processor_time = seconds(1);
    EXPECT_TRUE(round(processes).empty());
    const auto decisions = planner.history().of(processes[3].id);
    ASSERT_EQ(decisions.size(), 1U);
    EXPECT_EQ(decisions[0].outcome, DecisionOutcome(StayDecided{StayReason::not_among_oldest}));
    EXPECT_EQ(planner.history().of(processes[4].id).at(0).outcome, DecisionOutcome(NothingBetter{}));
}

}  // namespace
}  // namespace openmosix::balance::process_records_test
