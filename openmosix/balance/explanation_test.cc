// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/explanation.h"

#include <gmock/gmock.h>

#include "balance/move_planner.h"
#include "balance/tuning.h"

namespace openmosix::balance {
namespace explanation_test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr ProcessId id{.home = 1, .pid = 4711};

Decision stay(Instant time, StayReason reason) {
    return {.time = time, .outcome = StayDecided{reason}, .here = {}, .candidates = {}, .detail = {}};
}

TEST(DecisionHistory, KeepsTheLastDifferentDecisions) {
    DecisionHistory history;
    for (int second = 0; second < 100; ++second) {
        history.record(id, stay(seconds(second), StayReason::too_young));
    }
    ASSERT_EQ(history.of(id).size(), 1U);
    EXPECT_EQ(history.of(id)[0].time, seconds(99));
    for (int second = 0; second < 100; ++second) {
        history.record(id, stay(seconds(second), second % 2 == 0 ? StayReason::locked : StayReason::too_young));
    }
    EXPECT_EQ(history.of(id).size(), tuning::max_decisions_of_process);
}

TEST(DecisionHistory, ForgetsWhatWasDecidedOnLongestAgo) {
    DecisionHistory history;
    for (pid_t pid = 1; pid <= 2000; ++pid) {
        history.record({.home = 1, .pid = pid}, stay(seconds(pid), StayReason::locked));
        history.record(id, stay(seconds(pid), StayReason::locked));
    }
    EXPECT_EQ(history.size(), tuning::max_explained_processes);
    EXPECT_TRUE(history.of({.home = 1, .pid = 1}).empty());
    EXPECT_FALSE(history.of(id).empty());
}

TEST(Explanations, SayWhatWasChosenAndWhatStoodAgainstTheOthers) {
    MovePlanner planner(1, 1);
    Situation situation{.now = seconds(100), .own = {}, .others = {}};
    situation.own.node = 1;
    situation.own.runnable_hundredths = 300;
    for (NodeId other = 2; other <= 12; ++other) {
        NodeState state;
        state.node = other;
        state.total_pages = 1000;
        state.free_pages = 1000;
        state.runnable_hundredths = other == 2 ? 0 : 300;
        situation.others.push_back({.state = state, .said = seconds(99)});
    }
    ProcessState process;
    process.id = id;
    process.user = 1000;
    process.processor_time = seconds(30);
    const auto moves = planner.round(situation, std::vector{process}, {});
    ASSERT_EQ(moves.size(), 1U);
    planner.move_ended(seconds(101), moves[0], MoveFailed{"no route\x1b[2J"});
    const std::string text = explain(seconds(107), id, planner.history().of(id));
    EXPECT_THAT(text, HasSubstr("process 4711 of node 1:\n  7 s ago: to node 2: it ends sooner there (failed: no "
                                "route\\x1b[2J)\n"));
    EXPECT_THAT(text, HasSubstr("here: 90 s for 30 s of work, with 3.0 runnable processes\n"));
    EXPECT_THAT(text, HasSubstr("node 2: 30 s with 0.0 others, move 0.02 s"));
    EXPECT_THAT(text, HasSubstr("; chosen\n"));
    EXPECT_THAT(text, HasSubstr("; gains too little\n"));
    EXPECT_THAT(text, HasSubstr("and 5 more nodes\n"));
}

TEST(Explanations, SayWhyAProcessStays) {
    EXPECT_EQ(explain(seconds(5), id, {}), "process 4711 of node 1:\n  no decision yet: omd looks once per second\n");
    EXPECT_EQ(explain(seconds(5), id, {}, "it has ended"), "process 4711 of node 1:\n  now: it has ended\n");
    Decision decision = stay(seconds(1), StayReason::cant_move);
    decision.detail = "clone_vm: it has threads";
    EXPECT_EQ(explain(seconds(5), id, std::vector{decision}),
              "process 4711 of node 1:\n  4 s ago: stays: it cannot move (clone_vm: it has threads)\n");
}

TEST(Explanations, ShowWhatIsThoughtOfAllNodes) {
    NodeState own;
    own.node = 1;
    own.runnable_hundredths = 150;
    own.total_pages = 65'536;
    own.free_pages = 32'768;
    NodeState other = own;
    other.node = 7;
    other.speed = 20'000;
    other.policies = {NodePolicy::block, NodePolicy::lstay};
    const std::vector<KnownNode> others = {{.state = other, .said = seconds(1), .trust = Trust::distrusted}};
    EXPECT_EQ(
        explain_nodes(seconds(11), own, others),
        "  node    speed   cpus runnable   load free MiB      MiB guests     age  remarks\n"
        "     1    10000   1.00     1.50    375      128      256      0    here\n"
        "     7    20000   1.00     1.50    187      128      256      0  10.0 s  block,lstay,too old,distrusted\n");
}

}  // namespace
}  // namespace explanation_test
}  // namespace openmosix::balance
