// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the cluster promises, one promise to a test, in virtual time. The random scenarios mix all of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "simulator/invariants.h"
#include "simulator/virtual_network.h"

namespace clusterdisc::simulator {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class VirtualCluster : public ::testing::Test {
protected:
    void TearDown() override {
        for (const std::string& violation : invariants.violations()) {
            ADD_FAILURE() << violation;
        }
    }

    void add_nodes(std::size_t count) {
        for (std::size_t number = 0; number < count; ++number) {
            NodeSetup setup;
            setup.hardware = 1000 + network.size();
            network.add_node(setup);
        }
    }

    void power_on_all() {
        for (std::size_t node = 0; node < network.size(); ++node) {
            network.power_on(node);
        }
    }

    void run_for(Instant time) { network.run_until(network.now() + time); }

    [[nodiscard]] NodeId id(std::size_t node) const { return network.agent(node).self().id; }

    [[nodiscard]] bool has_in_map(std::size_t node, std::size_t other) const {
        const PeerTable& table = network.agent(node).table();
        const Peer* const peer = table.find(network.agent(other).self().identity);
        return peer != nullptr && peer->is_known() && table.is_in_map(*peer);
    }

    [[nodiscard]] Condition condition(std::size_t node, std::size_t other) const {
        return network.agent(node).table().find(network.agent(other).self().identity)->condition;
    }

    void split(std::size_t first_of_other_group) {
        for (std::size_t node = 0; node < network.size(); ++node) {
            network.set_group(node, node < first_of_other_group ? 0 : 1);
        }
    }

    VirtualNetwork network{1};
    Invariants invariants{network};
};

TEST_F(VirtualCluster, ThreeNodesAreOneWithinASecond) {
    add_nodes(3);
    power_on_all();
    run_for(seconds(1));
    invariants.check_agreement();
}

TEST_F(VirtualCluster, ThirtyNodesInOneMomentAreOneWithinThreeSeconds) {
    add_nodes(30);
    power_on_all();
    run_for(seconds(3));
    invariants.check_agreement();
}

TEST_F(VirtualCluster, ANodeJoinsWithinHalfASecond) {
    add_nodes(6);
    for (std::size_t node = 0; node < 5; ++node) {
        network.power_on(node);
    }
    run_for(minutes(2));
    network.power_on(5);
    run_for(milliseconds(500));
    invariants.check_agreement();
}

TEST_F(VirtualCluster, ALeaveIsKnownAtOnce) {
    add_nodes(5);
    power_on_all();
    run_for(seconds(5));
    network.shut_down(2);
    run_for(milliseconds(300));
    EXPECT_FALSE(has_in_map(0, 2));
    invariants.check_agreement();
}

TEST_F(VirtualCluster, ACrashIsNoticedWithinFiveSeconds) {
    add_nodes(3);
    power_on_all();
    run_for(seconds(20));
    network.power_off(1);
    run_for(seconds(5));
    EXPECT_FALSE(has_in_map(0, 1));
    EXPECT_FALSE(has_in_map(2, 1));
}

TEST_F(VirtualCluster, AStoppedNodeIsSuspectedAndKept) {
    add_nodes(4);
    power_on_all();
    run_for(seconds(20));
    network.freeze(1);
    run_for(seconds(20));
    EXPECT_TRUE(has_in_map(0, 1));
    EXPECT_EQ(condition(0, 1), Condition::suspect);
    network.thaw(1);
    run_for(seconds(3));
    EXPECT_EQ(condition(0, 1), Condition::alive);
    invariants.check_agreement();
}

TEST_F(VirtualCluster, ANodeThatIsStoppedForGoodIsGivenUp) {
    add_nodes(3);
    power_on_all();
    run_for(seconds(20));
    network.freeze(1);
    run_for(seconds(70));
    EXPECT_FALSE(has_in_map(0, 1));
}

TEST_F(VirtualCluster, ANodeHasTheSameIdAfterItsReset) {
    add_nodes(3);
    power_on_all();
    run_for(seconds(5));
    const NodeId before = id(1);
    network.power_off(1);
    run_for(milliseconds(500));
    network.power_on(1);
    run_for(seconds(12));
    EXPECT_EQ(id(1), before);
    invariants.check_agreement();
}

TEST_F(VirtualCluster, TwinsOfOneHardwareAddressHaveDifferentIds) {
    for (int twin = 0; twin < 3; ++twin) {
        NodeSetup setup;
        setup.hardware = 7;
        network.add_node(setup);
    }
    power_on_all();
    run_for(seconds(3));
    EXPECT_EQ((std::set{id(0), id(1), id(2)}).size(), 3U);
    invariants.check_agreement();
}

TEST_F(VirtualCluster, OfTwoThatWishForOneIdOneGetsIt) {
    for (int node = 0; node < 2; ++node) {
        NodeSetup setup;
        setup.hardware = 50 + network.size();
        setup.wanted_id = 5;
        network.add_node(setup);
    }
    power_on_all();
    run_for(seconds(2));
    EXPECT_EQ((id(0) == 5) + (id(1) == 5), 1);
    invariants.check_agreement();
}

class MergedClusters : public VirtualCluster {
protected:
    /// Two clusters that have grown apart, each with a node 5.
    void grow_apart() {
        add_nodes(6);
        for (const std::size_t node : {std::size_t{6}, std::size_t{7}}) {
            NodeSetup setup;
            setup.hardware = 2000 + node;
            setup.wanted_id = 5;
            network.add_node(setup);
        }
        for (const std::size_t node : {3U, 4U, 5U, 7U}) {
            network.set_group(node, 1);
        }
        power_on_all();
        run_for(minutes(2));
        ASSERT_EQ(id(6), 5);
        ASSERT_EQ(id(7), 5);
    }

    void plug_together() {
        for (std::size_t node = 0; node < network.size(); ++node) {
            network.set_group(node, 0);
        }
        run_for(seconds(20));
    }
};

TEST_F(MergedClusters, EndWithOneOwnerOfEachId) {
    grow_apart();
    plug_together();
    EXPECT_EQ((id(6) == 5) + (id(7) == 5), 1);
    invariants.check_agreement();
}

TEST_F(MergedClusters, TheBusyNodeKeepsItsId) {
    grow_apart();
    network.set_busy(6, true);
    plug_together();
    EXPECT_EQ(id(6), 5);
    invariants.check_agreement();
}

TEST_F(MergedClusters, TheOtherBusyNodeKeepsItsIdJustAsWell) {
    grow_apart();
    network.set_busy(7, true);
    plug_together();
    EXPECT_EQ(id(7), 5);
    invariants.check_agreement();
}

TEST_F(VirtualCluster, APartitionOfHoursHealsWithoutMulticast) {
    Weather weather;
    weather.drops_multicast = true;
    network.set_weather(weather);
    for (std::size_t number = 0; number < 6; ++number) {
        NodeSetup setup;
        setup.hardware = 1000 + number;
        setup.static_peers = {0};
        network.add_node(setup);
    }
    power_on_all();
    run_for(seconds(20));
    invariants.check_agreement();
    split(3);
    run_for(hours(2));
    EXPECT_FALSE(has_in_map(1, 4));
    split(network.size());
    run_for(seconds(60));
    EXPECT_TRUE(has_in_map(1, 4));
    invariants.check_agreement();
}

TEST_F(VirtualCluster, TwentyPercentLossCostsNobodyItsPlace) {
    add_nodes(8);
    power_on_all();
    run_for(seconds(20));
    Weather weather;
    weather.loss = 0.2;
    network.set_weather(weather);
    run_for(minutes(10));
    invariants.check_agreement();
}

TEST_F(VirtualCluster, RecordedMessagesOfTheDeadWakeNobody) {
    add_nodes(4);
    power_on_all();
    run_for(seconds(20));
    const Identity ghost = network.agent(3).self().identity;
    network.power_off(3);
    run_for(seconds(10));
    for (int time = 0; time < 100; ++time) {
        network.replay(20);
        run_for(milliseconds(100));
        for (std::size_t node = 0; node < 3; ++node) {
            const PeerTable& table = network.agent(node).table();
            const Peer* const peer = table.find(ghost);
            ASSERT_TRUE(peer == nullptr || !peer->is_live()) << "node " << node << " believes in a recording";
        }
    }
    invariants.check_agreement();
}

TEST_F(VirtualCluster, ANodeThatOnlyOthersReachIsInTheirMapsAlone) {
    for (const std::vector<std::size_t>& segments :
         {std::vector<std::size_t>{0}, std::vector<std::size_t>{0, 1}, std::vector<std::size_t>{1}}) {
        NodeSetup setup;
        setup.hardware = 1000 + network.size();
        setup.segments = segments;
        network.add_node(setup);
    }
    power_on_all();
    run_for(seconds(20));
    EXPECT_TRUE(has_in_map(1, 0));
    EXPECT_TRUE(has_in_map(1, 2));
    EXPECT_FALSE(has_in_map(0, 2));
    EXPECT_NE(id(0), id(2));
    EXPECT_EQ(condition(0, 2), Condition::alive) << "it lives, only not for us";
}

TEST_F(VirtualCluster, ASecondCableTakesOver) {
    for (int node = 0; node < 2; ++node) {
        NodeSetup setup;
        setup.hardware = 1000 + network.size();
        setup.segments = {0, 1};
        network.add_node(setup);
    }
    power_on_all();
    run_for(seconds(20));
    network.plug(0, 0, false);
    for (int step = 0; step < 100; ++step) {
        run_for(milliseconds(100));
        ASSERT_TRUE(has_in_map(1, 0)) << "at " << step;
    }
    EXPECT_EQ(network.agent(1).view().back().path->link, 3U);
}

}  // namespace
}  // namespace clusterdisc::simulator
