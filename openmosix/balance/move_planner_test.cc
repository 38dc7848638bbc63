// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/move_planner.h"

#include <gtest/gtest.h>

#include <set>

#include "balance/states_for_tests.h"
#include "balance/tuning.h"

namespace openmosix::balance::move_planner_test {
namespace {

using states_for_tests::node;
using states_for_tests::process;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant now = seconds(1000);

KnownNode known(const NodeState& state) {
    return {.state = state, .said = now - milliseconds(500)};
}

class MovePlanners : public testing::Test {
protected:
    MovePlanners() { situation.now = now; }

    std::vector<Move> round(const std::vector<ProcessState>& processes, const std::vector<AwayProcess>& away = {}) {
        return planner.round(situation, processes, away);
    }
    /// The reason of the last decision.
    [[nodiscard]] std::optional<StayReason> stays(pid_t pid) const {
        const auto decisions = planner.history().of({.home = 1, .pid = pid});
        const auto* stay = decisions.empty() ? nullptr : std::get_if<StayDecided>(&decisions.back().outcome);
        return stay == nullptr ? std::nullopt : std::optional(stay->reason);
    }
    [[nodiscard]] Verdict verdict(pid_t pid, NodeId about) const {
        const auto decisions = planner.history().of({.home = 1, .pid = pid});
        for (const Candidate& candidate : decisions.back().candidates) {
            if (candidate.node == about) {
                return candidate.verdict;
            }
        }
        ADD_FAILURE() << "node " << about << " is no candidate";
        return Verdict::chosen;
    }

    MovePlanner planner{1, 42};
    Situation situation;
};

TEST_F(MovePlanners, MoveToAnIdleNode) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    const auto moves = round({process(10), process(11, seconds(5))});
    ASSERT_EQ(moves.size(), 1U);
    // The older one has more left, by Harchol-Balter's rule.
    EXPECT_EQ(moves[0].process.pid, 10);
    EXPECT_EQ(moves[0].target, 2);
    EXPECT_EQ(moves[0].purpose, MovePurpose::balance);
    EXPECT_EQ(moves[0].request.expected_runnable, 1);
    EXPECT_EQ(moves[0].pace_here, 0.5);
}

TEST_F(MovePlanners, LeaveABalancedClusterAlone) {
    situation.own = node(1, 3);
    situation.others = {known(node(2, 2)), known(node(3, 3))};
    EXPECT_TRUE(round({process(10), process(11), process(12)}).empty());
    EXPECT_EQ(verdict(10, 2), Verdict::no_gain);
}

TEST_F(MovePlanners, DoNotMoveWhatIsTooYoungForTheCost) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    EXPECT_TRUE(round({process(10, milliseconds(70)), process(11, milliseconds(10))}).empty());
    EXPECT_EQ(stays(10), StayReason::too_young);
    // 1 GiB at 11 MB/s is worth a minute.
    ProcessState large = process(12, seconds(10));
    large.pages = 262'144;
    situation.others[0].state.total_pages = 1'000'000;
    situation.others[0].state.free_pages = 900'000;
    EXPECT_TRUE(round({large}).empty());
    large.processor_time = seconds(1000);
    EXPECT_EQ(round({large}).size(), 1U);
}

TEST_F(MovePlanners, PreferFasterNodes) {
    situation.own = node(1, 1);
    situation.others = {known(node(2, 0)), known(node(3, 1, 4 * standard_speed))};
    const auto moves = round({process(10)});
    ASSERT_EQ(moves.size(), 1U);
    EXPECT_EQ(moves[0].target, 3);
}

TEST_F(MovePlanners, KeepCallHeavyProcessesAtHome) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    ProcessState heavy = process(10);
    heavy.calls_per_second = 10'000;
    ProcessState other = heavy;
    other.id.pid = 11;
    EXPECT_TRUE(round({heavy, other}).empty());
    heavy.calls_per_second = 100;
    EXPECT_EQ(round({heavy, other}).size(), 1U);
}

TEST_F(MovePlanners, SendCallHeavyGuestsHome) {
    situation.own = node(1, 1);
    situation.others = {known(node(2, 0))};
    ProcessState guest = process(10, seconds(20), 2);
    guest.calls_per_second = 10'000;
    const auto moves = round({guest});
    ASSERT_EQ(moves.size(), 1U);
    EXPECT_EQ(moves[0].target, 2);
}

TEST_F(MovePlanners, SpreadOverGoodTargetsAndCountWhatTheySent) {
    situation.own = node(1, 16);
    for (NodeId id = 2; id <= 16; ++id) {
        situation.others.push_back(known(node(id, 0)));
    }
    std::vector<ProcessState> processes;
    for (pid_t pid = 10; pid < 26; ++pid) {
        processes.push_back(process(pid));
    }
    std::set<NodeId> targets;
    std::set<pid_t> moved;
    const auto first = round(processes);
    EXPECT_EQ(first.size(), tuning::max_moves_per_round);
    // A second later, with the same reports: neither the same processes nor the same targets once more.
    situation.now += seconds(1);
    const auto second = round(processes);
    for (const auto& moves : {first, second}) {
        for (const Move& move : moves) {
            targets.insert(move.target);
            moved.insert(move.process.pid);
        }
    }
    EXPECT_EQ(first.size() + second.size(), 15U);
    EXPECT_EQ(targets.size(), 15U);
    EXPECT_EQ(moved.size(), 15U);
}

TEST_F(MovePlanners, ExpectTheOthersOfTheirRoundAtTheTarget) {
    situation.own = node(1, 6);
    situation.others = {known(node(2, 0))};
    std::vector<ProcessState> processes;
    for (pid_t pid = 10; pid < 16; ++pid) {
        processes.push_back(process(pid));
    }
    const auto moves = round(processes);
    ASSERT_EQ(moves.size(), 3U);
    for (const Move& move : moves) {
        EXPECT_EQ(move.request.expected_runnable, 3);
    }
}

TEST_F(MovePlanners, DrawAmongGoodTargets) {
    std::set<NodeId> targets;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        MovePlanner other(1, seed);
        situation.own = node(1, 2);
        situation.others = {known(node(2, 0)), known(node(3, 0)), known(node(4, 1))};
        const auto moves = other.round(situation, std::vector{process(10)}, {});
        ASSERT_EQ(moves.size(), 1U);
        targets.insert(moves[0].target);
    }
    EXPECT_EQ(targets, (std::set<NodeId>{2, 3}));
}

TEST_F(MovePlanners, LetProcessesStayForTheirResidencyTime) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    ProcessState arrived = process(10, seconds(20), 2);
    arrived.arrived = now - tuning::residency + seconds(1);
    EXPECT_TRUE(round({arrived}).empty());
    arrived.arrived = now - tuning::residency;
    EXPECT_EQ(round({arrived}).size(), 1U);
}

TEST_F(MovePlanners, DoNotGoBackToWhereNothingHasChanged) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    ProcessState returning = process(10);
    remember_departure(returning.former, {.node = 2, .left = now - seconds(60), .pace = 0.9});
    EXPECT_TRUE(round({returning}).empty());
    EXPECT_EQ(verdict(10, 2), Verdict::left_lately);
    remember_departure(returning.former, {.node = 2, .left = now - seconds(60), .pace = 0.5});
    EXPECT_EQ(returning.former.size(), 1U);
    EXPECT_EQ(round({returning}).size(), 1U);
}

TEST_F(MovePlanners, LeaveOutWhoTakesNobody) {
    situation.own = node(1, 3);
    NodeState blocked = node(2, 0);
    blocked.policies = {NodePolicy::block};
    NodeState used = node(3, 0);
    used.user = OwnUser::present;
    NodeState full = node(4, 0);
    full.free_pages = 100;
    NodeState other_abi = node(5, 0);
    other_abi.abis = static_cast<std::uint8_t>(Abi::amd64);
    situation.others = {known(blocked), known(used), known(full), known(other_abi), known(node(6, 0))};
    situation.others[4].trust = Trust::distrusted;
    EXPECT_TRUE(round({process(10)}).empty());
    EXPECT_EQ(verdict(10, 2), Verdict::takes_no_guests);
    EXPECT_EQ(verdict(10, 3), Verdict::own_user);
    EXPECT_EQ(verdict(10, 4), Verdict::memory);
    EXPECT_EQ(verdict(10, 5), Verdict::other_abi);
    EXPECT_EQ(verdict(10, 6), Verdict::distrusted);
}

TEST_F(MovePlanners, AskATargetLaterThatRefusedOrDidNotAnswer) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    for (const MoveResult& result : {MoveResult(AdmissionRefusal::busier_than_believed), MoveResult(MoveFailed{"?"})}) {
        const auto moves = round({process(10)});
        ASSERT_EQ(moves.size(), 1U);
        planner.move_ended(situation.now, moves[0], result);
        EXPECT_TRUE(round({process(10)}).empty());
        EXPECT_EQ(verdict(10, 2), Verdict::paused);
        situation.now += 2 * tuning::target_pause;
    }
    EXPECT_EQ(round({process(10)}).size(), 1U);
}

TEST_F(MovePlanners, RememberTheReasonThatAProcessGave) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    const auto moves = round({process(10)});
    ASSERT_EQ(moves.size(), 1U);
    planner.move_ended(now, moves[0], ProcessRefused{"clone_vm: it has threads"});
    situation.now += seconds(5);
    EXPECT_TRUE(round({process(10)}).empty());
    EXPECT_EQ(stays(10), StayReason::refused_before);
    situation.now = now + tuning::first_reason_pause;
    EXPECT_EQ(round({process(10)}).size(), 1U);
}

TEST_F(MovePlanners, LeaveAProcessAloneThatIsHomeAgainAtOnce) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    Instant pause = tuning::first_reason_pause;
    for (int stays_away = 0; stays_away < 3; ++stays_away, pause *= 2) {
        const auto moves = round({process(10)});
        ASSERT_EQ(moves.size(), 1U) << stays_away;
        planner.move_ended(situation.now, moves[0], MoveDone{.freeze = milliseconds(20), .bytes = 0, .transfer = {}});
        situation.now += tuning::decision_interval;
        const Instant home_again = situation.now;
        EXPECT_TRUE(round({process(10)}).empty());
        EXPECT_EQ(stays(10), StayReason::refused_before);
        situation.now = home_again + pause - milliseconds(1);
        EXPECT_TRUE(round({process(10)}).empty()) << stays_away;
        situation.now = home_again + pause;
        situation.others = {{.state = node(2, 0), .said = situation.now}};
    }
    // A stay that lasts: the next homecoming counts as the first.
    const AwayProcess away{.id = process(10).id, .where = 2};
    auto moves = round({process(10)});
    ASSERT_EQ(moves.size(), 1U);
    planner.move_ended(situation.now, moves[0], MoveDone{.freeze = milliseconds(20), .bytes = 0, .transfer = {}});
    situation.now += tuning::min_stay;
    EXPECT_TRUE(round({}, {away}).empty());
    situation.others = {{.state = node(2, 0), .said = situation.now}};
    moves = round({process(10)});
    ASSERT_EQ(moves.size(), 1U);
    planner.move_ended(situation.now, moves[0], MoveDone{.freeze = milliseconds(20), .bytes = 0, .transfer = {}});
    situation.now += tuning::decision_interval;
    EXPECT_TRUE(round({process(10)}).empty());
    situation.now += tuning::first_reason_pause;
    situation.others = {{.state = node(2, 0), .said = situation.now}};
    EXPECT_EQ(round({process(10)}).size(), 1U);
}

TEST_F(MovePlanners, LeaveAProcessAloneThatIsHomeAgainWithinARound) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    const auto moves = round({process(10)});
    ASSERT_EQ(moves.size(), 1U);
    planner.move_ended(situation.now, moves[0], MoveDone{.freeze = milliseconds(20), .bytes = 0, .transfer = {}});
    situation.now += tuning::decision_interval / 2;
    EXPECT_TRUE(round({process(10)}).empty());
    EXPECT_EQ(stays(10), StayReason::moved_lately);
    situation.now += tuning::decision_interval;
    EXPECT_TRUE(round({process(10)}).empty());
    EXPECT_EQ(stays(10), StayReason::refused_before);
}

TEST_F(MovePlanners, ObeyStayAndLstay) {
    situation.own = node(1, 4);
    situation.others = {known(node(2, 0)), known(node(3, 0))};
    situation.own.policies = {NodePolicy::stay};
    EXPECT_TRUE(round({process(10), process(11, seconds(20), 2)}).empty());
    EXPECT_EQ(stays(10), StayReason::node_stays);
    situation.own.policies = {NodePolicy::lstay};
    const auto moves = round({process(10), process(11, seconds(20), 2)});
    ASSERT_EQ(moves.size(), 1U);
    EXPECT_EQ(moves[0].process.pid, 11);
    EXPECT_EQ(stays(10), StayReason::node_stays);
}

TEST_F(MovePlanners, SendGuestsHomeAndBringTheirOwnWhenTheNodeLeaves) {
    situation.own = node(1, 2);
    situation.own.policies = {NodePolicy::leaving};
    ProcessState locked = process(11, seconds(20), 2);
    locked.lock = MoveLock::locked;
    const auto moves = round({process(10), locked}, {{.id = {.home = 1, .pid = 12}, .where = 3}});
    ASSERT_EQ(moves.size(), 2U);
    EXPECT_EQ(moves[0].purpose, MovePurpose::bring);
    EXPECT_EQ(moves[0].process.pid, 12);
    EXPECT_EQ(moves[0].target, 1);
    EXPECT_EQ(moves[0].request.from, 3);
    EXPECT_EQ(moves[1].purpose, MovePurpose::expel);
    EXPECT_EQ(moves[1].process.pid, 11);
    EXPECT_EQ(moves[1].target, 2);
    // Not twice at a time, but again when it failed.
    EXPECT_TRUE(round({locked}).empty());
    planner.move_ended(now, moves[1], MoveFailed{"no connection"});
    situation.now += 2 * tuning::target_pause;
    EXPECT_EQ(round({locked}).size(), 1U);
}

TEST_F(MovePlanners, GiveWayToTheUserOfTheNode) {
    situation.own = node(1, 2);
    situation.own.user = OwnUser::present;
    situation.others = {known(node(3, 1))};
    auto moves = round({process(10), process(11, seconds(20), 2)});
    ASSERT_EQ(moves.size(), 1U);
    EXPECT_EQ(moves[0].process.pid, 11);
    EXPECT_EQ(moves[0].target, 3);
    EXPECT_EQ(moves[0].purpose, MovePurpose::own_user);
    // Home, when nobody else takes it.
    situation.others.clear();
    moves = round({process(12, seconds(20), 2)});
    ASSERT_EQ(moves.size(), 1U);
    EXPECT_EQ(moves[0].target, 2);
}

TEST_F(MovePlanners, MoveTheSmallestThatEndsAShortageOfMemory) {
    situation.own = node(1, 1);
    situation.own.free_pages = 1000;
    situation.others = {known(node(2, 1))};
    std::vector<ProcessState> processes = {process(10), process(11), process(12)};
    processes[0].pages = 20'000;
    processes[1].pages = 4'000;
    processes[2].pages = 500;
    const auto moves = round(processes);
    ASSERT_EQ(moves.size(), 1U);
    EXPECT_EQ(moves[0].process.pid, 11);
    EXPECT_EQ(moves[0].purpose, MovePurpose::memory);
}

TEST_F(MovePlanners, PlaceNewProgramsWhereTheyEndSooner) {
    situation.own = node(1, 2);
    situation.others = {known(node(2, 0))};
    ProcessState started = process(10, Instant(0));
    const auto move = planner.place(situation, started);
    ASSERT_TRUE(move);
    EXPECT_EQ(move->purpose, MovePurpose::start);
    EXPECT_EQ(move->target, 2);
    // A processor that is nearly free is not left for a guess.
    situation.own = node(1, 0.3);
    started.id.pid = 12;
    EXPECT_EQ(planner.place(situation, started), std::nullopt);
    situation.own = node(1, 2);
    // Of a program that is known to be short, or to make calls all the time, not.
    started.id.pid = 11;
    started.command = "true";
    planner.program_ended("true", {.work = 0.01});
    EXPECT_EQ(planner.place(situation, started), std::nullopt);
    started.command = "find";
    planner.program_ended("find", {.work = 10, .calls_per_work = 20'000});
    EXPECT_EQ(planner.place(situation, started), std::nullopt);
    started.command = "blast";
    started.kind = ProcessKind::interactive;
    EXPECT_EQ(planner.place(situation, started), std::nullopt);
}

}  // namespace
}  // namespace openmosix::balance::move_planner_test
