// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/best_place.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "balance/yardstick.h"

namespace openmosix::balance::best_place_test {
namespace {

using std::chrono::seconds;

constexpr Instant now = seconds(1000);

NodeState state_of(NodeId id, double runnable, std::uint32_t speed = standard_speed) {
    NodeState state;
    state.node = id;
    state.speed = speed;
    state.runnable_hundredths = to_hundredths(runnable);
    state.total_pages = 65'536;
    state.free_pages = 40'000;
    return state;
}

class BestPlaces : public testing::Test {
protected:
    BestPlaces() {
        situation.now = now;
        situation.own = state_of(1, 0);
        process.id = {.home = 1, .pid = 10};
        process.pages = 1000;
    }

    void add(const NodeState& state, Trust trust = Trust::trusted) {
        situation.others.push_back({.state = state, .said = now - seconds(1), .trust = trust});
    }
    std::optional<NodeId> best(NodeId place = 1) {
        return best_place(situation, {.process = process, .place = place, .wanted = wanted}, sent, costs, random);
    }

    Situation situation;
    ProcessState process;
    std::vector<NodeSpan> wanted{{.first = 1, .last = 9}};
    SentWork sent;
    MoveCosts costs;
    clusterdisc::Random random{42};
};

TEST_F(BestPlaces, AreWhereMostOfAProcessorIsFree) {
    situation.own = state_of(1, 2);
    add(state_of(2, 1));
    add(state_of(3, 0));
    EXPECT_EQ(best(), 3);
}

TEST_F(BestPlaces, AreOnFasterProcessorsThoughTheyAreShared) {
    add(state_of(2, 1, 3 * standard_speed));
    EXPECT_EQ(best(), 2);
}

TEST_F(BestPlaces, AreWhereTheProcessIsWhenNoneIsBetter) {
    add(state_of(2, 0));
    add(state_of(3, 0));
    EXPECT_EQ(best(), 1);
    EXPECT_EQ(best(3), 3);
}

TEST_F(BestPlaces, DoNotCountTheProcessItself) {
    // The one that is runnable here is the process.
    situation.own = state_of(1, 1);
    process.processor_time = seconds(20);
    add(state_of(2, 0));
    EXPECT_EQ(best(), 1);
    // One that has just started comes on top.
    process.processor_time = Instant::zero();
    EXPECT_EQ(best(), 2);
}

TEST_F(BestPlaces, AreOnlyThoseThatAreWanted) {
    wanted = {{.first = 2, .last = 2}, {.first = 4, .last = 4}};
    add(state_of(2, 3));
    add(state_of(3, 0));
    EXPECT_EQ(best(), 2);
    wanted = {{.first = 4, .last = 4}};
    EXPECT_EQ(best(), std::nullopt);
}

TEST_F(BestPlaces, TakeTheProcess) {
    situation.own = state_of(1, 5);
    NodeState full = state_of(2, 0);
    full.free_pages = 1000;
    add(full);
    NodeState blocked = state_of(3, 0);
    blocked.policies.set(NodePolicy::block);
    add(blocked);
    add(state_of(4, 0), Trust::distrusted);
    EXPECT_EQ(best(), 1);
    process.allowed = {{.first = 2, .last = 4}};
    add(state_of(5, 0));
    EXPECT_EQ(best(), 1);
    process.allowed = {{.first = 5, .last = 5}};
    EXPECT_EQ(best(), 5);
}

TEST_F(BestPlaces, CountWhatWasSentAndIsNotReportedYet) {
    situation.own = state_of(1, 4);
    add(state_of(2, 0));
    add(state_of(3, 0));
    std::multiset<NodeId> chosen;
    for (pid_t pid = 10; pid < 16; ++pid) {
        process.id.pid = pid;
        const auto node = best();
        ASSERT_TRUE(node);
        chosen.insert(*node);
        sent.add(now, process, *node);
    }
    EXPECT_EQ(chosen.count(2), 3U);
    EXPECT_EQ(chosen.count(3), 3U);
}

TEST_F(BestPlaces, AreDrawnAmongThoseThatAreEquallyGood) {
    situation.own = state_of(1, 4);
    add(state_of(2, 0));
    add(state_of(3, 0));
    std::set<NodeId> chosen;
    for (int round = 0; round < 64; ++round) {
        chosen.insert(best().value_or(0));
    }
    EXPECT_EQ(chosen, (std::set<NodeId>{2, 3}));
}

}  // namespace
}  // namespace openmosix::balance::best_place_test
