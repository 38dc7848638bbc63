// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/node_load.h"

#include <gtest/gtest.h>

#include <vector>

namespace openmosix {
namespace {

using Loads = std::vector<NodeLoad>;

NodeLoad node(clusterdisc::NodeId id, double load, std::uint32_t cpus = 1, std::uint32_t speed = 1000) {
    return {.node = id, .load = load, .cpus = cpus, .free_memory_kb = 1 << 20U, .speed = speed, .accepts = true};
}

TEST(NodeLoads, AreReadAsTheyAreWritten) {
    NodeLoad load = node(7, 1.25, 4, 5200);
    load.accepts = false;
    EXPECT_EQ(parse_node_load(to_line(load)), load);
}

TEST(NodeLoads, ThatMakeNoSenseAreNone) {
    const auto line = [](const std::string& id, const std::string& load, const std::string& cpus) {
        return R"({"node":)" + id + R"(,"load":)" + load + R"(,"cpus":)" + cpus + R"(,"free_memory_kb":1,"speed":1})";
    };
    EXPECT_TRUE(parse_node_load(line("1", "0", "1")));
    for (const std::string& wrong :
         {line("0", "0", "1"), line("65535", "0", "1"), line("1", "-1", "1"), line("1", "1e300", "1"),
          line("1", "0", "0"), line("1", "\"0\"", "1"), std::string("[]"), std::string("{}"), std::string()}) {
        EXPECT_EQ(parse_node_load(wrong), std::nullopt) << wrong;
    }
}

TEST(NodeLoads, OfThisMachineHaveValues) {
    const NodeLoad load = measure_load(3, 12000);
    EXPECT_EQ(load.node, 3);
    EXPECT_GE(load.load, 0);
    EXPECT_GE(load.cpus, 1U);
    EXPECT_GT(load.free_memory_kb, 0U);
}

TEST(Balancing, TakesTheNodeWithTheFewestRunnablePerProcessor) {
    EXPECT_EQ(choose_node(Loads{node(1, 5), node(2, 3), node(3, 4)}, 1, 0), 2);
    EXPECT_EQ(choose_node(Loads{node(1, 5), node(2, 3), node(3, 4, 4)}, 1, 0), 3);
}

TEST(Balancing, StaysWhereNothingIsGained) {
    // The process itself is the one that runs here.
    EXPECT_EQ(choose_node(Loads{node(2, 0), node(1, 1)}, 1, 0), 1);
    EXPECT_EQ(choose_node(Loads{node(2, 0), node(1, 2)}, 1, 0), 2);
    EXPECT_EQ(choose_node(Loads{node(1, 0), node(2, 0)}, 2, 0), 2);
}

TEST(Balancing, PrefersFastProcessors) {
    EXPECT_EQ(choose_node(Loads{node(1, 1, 1, 50), node(2, 3, 1, 5000)}, 1, 0), 2);
    // Of which nothing is known when one does not say it.
    EXPECT_EQ(choose_node(Loads{node(1, 1, 1, 50), node(2, 3, 1, 0)}, 1, 0), 1);
}

TEST(Balancing, LeavesOutWhoCannotTakeIt) {
    NodeLoad closed = node(2, 0);
    closed.accepts = false;
    NodeLoad full = node(3, 0);
    full.free_memory_kb = 99;
    EXPECT_EQ(choose_node(Loads{node(1, 9), closed, full}, 1, 100), 1);
    EXPECT_EQ(choose_node(Loads{closed, full}, 1, 100), std::nullopt);
    EXPECT_EQ(choose_node(Loads{}, 1, 100), std::nullopt);
}

}  // namespace
}  // namespace openmosix
