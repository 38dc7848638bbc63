// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/node_report.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

balance::NodeState busy_state(clusterdisc::NodeId node) {
    balance::NodeState state;
    state.node = node;
    state.processors = {.cores = 2, .threads = 2};
    state.runnable_hundredths = 400;
    state.total_pages = 1000;
    state.free_pages = 250;
    state.guests = 3;
    state.policies.set(balance::NodePolicy::block);
    return state;
}

TEST(NodeReport, HasWhatIsKnownOfEachMember) {
    const std::vector<NodeRange> members = {{.first = 1, .last = 2}, {.first = 9, .last = 9}};
    const auto report = node_report(members, 1, {{1, busy_state(1)}, {9, {}}, {40, busy_state(40)}});
    EXPECT_EQ(report["own"], 1);
    EXPECT_EQ(report["nodes"][0], nlohmann::json::parse(R"({"node":1,"load":500,"runnable":4.0,"speed":10000,"cpus":2,
        "free_memory_kb":1000,"total_memory_kb":4000,"guests":3,"remarks":"block"})"));
    EXPECT_EQ(report["nodes"][1], nlohmann::json::parse(R"({"node":2})"));
    EXPECT_EQ(report["nodes"][2], nlohmann::json::parse(R"({"node":9})"));
    EXPECT_EQ(report["nodes"].size(), 3U);
}

TEST(NodeReport, HasNoOwnIdBeforeThereIsOne) {
    const auto report = node_report({}, std::nullopt, {});
    EXPECT_FALSE(report.contains("own"));
    EXPECT_TRUE(report["nodes"].empty());
}

}  // namespace
}  // namespace openmosix
