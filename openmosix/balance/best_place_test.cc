// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/best_place.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "balance/states_for_tests.h"

namespace openmosix::balance::best_place_test {
namespace {

using states_for_tests::node;
using std::chrono::seconds;

constexpr Instant now = seconds(1000);

class BestPlaces : public testing::Test {
protected:
    BestPlaces() {
        situation.now = now;
        situation.own = node(1, 0);
    }

    void add(const NodeState& state, Trust trust = Trust::trusted) {
        situation.others.push_back({.state = state, .said = now - seconds(1), .trust = trust});
    }
    std::optional<NodeId> best(NodeId place = 1) {
        return best_place(situation, {.process = process, .place = place, .wanted = wanted}, sent, costs, random);
    }

    Situation situation;
    ProcessState process = states_for_tests::process(10, Instant::zero());
    std::vector<NodeSpan> wanted{{.first = 1, .last = 9}};
    SentWork sent;
    MoveCosts costs;
    clusterdisc::Random random{42};
};

TEST_F(BestPlaces, AreWhereMostOfAProcessorIsFree) {
    situation.own = node(1, 2);
    add(node(2, 1));
    add(node(3, 0));
    EXPECT_EQ(best(), 3);
}

TEST_F(BestPlaces, AreOnFasterProcessorsThoughTheyAreShared) {
    add(node(2, 1, 3 * standard_speed));
    EXPECT_EQ(best(), 2);
}

TEST_F(BestPlaces, AreWhereTheProcessIsWhenNoneIsBetter) {
    add(node(2, 0));
    add(node(3, 0));
    EXPECT_EQ(best(), 1);
    EXPECT_EQ(best(3), 3);
}

TEST_F(BestPlaces, DoNotCountTheProcessItself) {
    // The one that is runnable here is the process.
    situation.own = node(1, 1);
    process.processor_time = seconds(20);
    add(node(2, 0));
    EXPECT_EQ(best(), 1);
    // One that has just started comes on top.
    process.processor_time = Instant::zero();
    EXPECT_EQ(best(), 2);
}

TEST_F(BestPlaces, AreOnlyThoseThatAreWanted) {
    wanted = {{.first = 2, .last = 2}, {.first = 4, .last = 4}};
    add(node(2, 3));
    add(node(3, 0));
    EXPECT_EQ(best(), 2);
    wanted = {{.first = 4, .last = 4}};
    EXPECT_EQ(best(), std::nullopt);
}

TEST_F(BestPlaces, AreUnknownWhileNothingIsKnownOfOthers) {
    EXPECT_EQ(best(), std::nullopt);
    add(node(10, 0));
    EXPECT_EQ(best(), std::nullopt);
    add(node(9, 3));
    EXPECT_EQ(best(), 1);
}

TEST_F(BestPlaces, TakeTheProcess) {
    situation.own = node(1, 5);
    NodeState full = node(2, 0);
    full.free_pages = 1000;
    add(full);
    NodeState blocked = node(3, 0);
    blocked.policies.set(NodePolicy::block);
    add(blocked);
    add(node(4, 0), Trust::distrusted);
    EXPECT_EQ(best(), 1);
    process.allowed = {{.first = 2, .last = 4}};
    add(node(5, 0));
    EXPECT_EQ(best(), 1);
    process.allowed = {{.first = 5, .last = 5}};
    EXPECT_EQ(best(), 5);
}

TEST_F(BestPlaces, CountWhatWasSentAndIsNotReportedYet) {
    situation.own = node(1, 4);
    add(node(2, 0));
    add(node(3, 0));
    std::multiset<NodeId> chosen;
    for (pid_t pid = 10; pid < 16; ++pid) {
        process.id.pid = pid;
        const auto place = best();
        ASSERT_TRUE(place);
        chosen.insert(*place);
        sent.add(now, process, *place);
    }
    EXPECT_EQ(chosen.count(2), 3U);
    EXPECT_EQ(chosen.count(3), 3U);
}

TEST_F(BestPlaces, AreDrawnAmongThoseThatAreEquallyGood) {
    situation.own = node(1, 4);
    add(node(2, 0));
    add(node(3, 0));
    std::set<NodeId> chosen;
    for (int round = 0; round < 64; ++round) {
        chosen.insert(best().value_or(0));
    }
    EXPECT_EQ(chosen, (std::set<NodeId>{2, 3}));
}

}  // namespace
}  // namespace openmosix::balance::best_place_test
