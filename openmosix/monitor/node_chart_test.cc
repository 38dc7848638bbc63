// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/node_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "monitor/nodes_page.h"

namespace openmosix::monitor {
namespace {

using testing::HasSubstr;
using Figure = ChartSettings::Figure;
using Spacing = ChartSettings::Spacing;
using clusterdisc::NodeId;

nlohmann::json node_json(unsigned node, unsigned load) {
    return {{"node", node},           {"load", load}, {"speed", 10'000},         {"cpus", node},
            {"free_memory_kb", 1024}, {"guests", 1},  {"total_memory_kb", 4096}, {"remarks", ""}};
}

/// Nodes 1 to `count`, the last of which has twice the load of a busy one.
ClusterModel cluster_of(unsigned count) {
    nlohmann::json nodes = nlohmann::json::array();
    for (unsigned node = 1; node <= count; ++node) {
        nodes.push_back(node_json(node, node == count ? 500 : 0));
    }
    ClusterModel cluster;
    cluster.take({{"own", 1}, {"nodes", nodes}});
    return cluster;
}

std::string chart_text(const ClusterModel& cluster, const ChartSettings& settings, ScreenSize size) {
    Canvas canvas(size);
    draw_chart(cluster, settings, 0, size.rows, canvas);
    return canvas.text();
}

TEST(ClusterModels, KeepNodesThatAreGone) {
    ClusterModel cluster = cluster_of(3);
    cluster.take({{"own", 1}, {"nodes", {node_json(1, 0), {{"node", 2}}}}});
    EXPECT_EQ(cluster.nodes().at(1).condition, NodeFacts::Condition::up);
    EXPECT_EQ(cluster.nodes().at(2).condition, NodeFacts::Condition::dead);
    EXPECT_EQ(cluster.nodes().at(3).condition, NodeFacts::Condition::dead);
    EXPECT_EQ(totals_text(cluster.totals()), "1 of 3 nodes up, 1 processors, load 0, 1M of 4M free, 1 guests");
}

TEST(ClusterModels, TakeAnyAnswer) {
    ClusterModel cluster;
    for (const char* text : {R"({"nodes":7})", R"({"nodes":[1,"a",null,{"node":0},{"node":-1},{"node":70000}]})",
                             R"({"own":"x","is_load_told":3})"}) {
        cluster.take(nlohmann::json::parse(text));
    }
    EXPECT_TRUE(cluster.nodes().empty());
    EXPECT_EQ(cluster.own(), std::nullopt);
    cluster.take({{"is_load_told", false}, {"nodes", {{{"node", 2}}}}});
    EXPECT_EQ(cluster.nodes().at(2).condition, NodeFacts::Condition::unknown);
    cluster.take({{"nodes", {{{"node", 2}, {"load", 1e30}, {"free_memory_kb", 9}, {"remarks", "\x1b"}}}}});
    EXPECT_EQ(cluster.nodes().at(2).load, 0U);
    EXPECT_EQ(cluster.nodes().at(2).free_memory_kb, 0U);
    EXPECT_EQ(cluster.nodes().at(2).remarks, "\\x1b");
}

TEST(NodeChart, HasABarForEachNode) {
    EXPECT_EQ(chart_text(cluster_of(3), {}, {.rows = 5, .columns = 30}),
              "  500|          ###\n"
              "     |          ###\n"
              "     |          ###\n"
              "     |          ###\n"
              "       1    2    3\n");
}

TEST(NodeChart, ShowsWhatOfMemoryIsFree) {
    EXPECT_EQ(chart_text(cluster_of(2), {.figure = Figure::memory}, {.rows = 5, .columns = 30}),
              "   4M|+++  +++\n"
              "     |###  ###\n"
              "     |###  ###\n"
              "     |###  ###\n"
              "       1    2\n");
}

TEST(NodeChart, SaysHowManyProcessorsMakeTheSpeed) {
    EXPECT_THAT(chart_text(cluster_of(2), {.figure = Figure::speed}, {.rows = 5, .columns = 30}), HasSubstr("x2"));
}

TEST(NodeChart, HasALogarithmicScale) {
    EXPECT_EQ(chart_text(cluster_of(2), {.figure = Figure::log_load}, {.rows = 4, .columns = 14}),
              " 1000|     ###\n"
              "     |     ###\n"
              "     |     ###\n"
              "       1    2\n");
}

TEST(NodeChart, GetsTighterWhereThereIsLittleRoom) {
    const std::string vertical = chart_text(cluster_of(10), {}, {.rows = 5, .columns = 26});
    EXPECT_THAT(vertical, HasSubstr("      1 2 3 4 5 6 7 8 9 1\n                        0\n"));
    const std::string tight = chart_text(cluster_of(10), {}, {.rows = 5, .columns = 16});
    EXPECT_THAT(tight, HasSubstr("      1234567891\n               0\n"));
    EXPECT_EQ(bars_that_fit(cluster_of(10), {.spacing = Spacing::wide}, 16), 2U);
    EXPECT_EQ(chart_text(cluster_of(3), {}, {.rows = 2, .columns = 30}), "\n\n");
}

TEST(NodeChart, ShowsDeadNodesWhenTheyAreWanted) {
    ClusterModel cluster = cluster_of(2);
    cluster.take({{"nodes", {node_json(1, 0)}}});
    EXPECT_EQ(charted_nodes(cluster, {}), std::vector<NodeId>{1});
    const ChartSettings all{.shows_dead = true};
    EXPECT_EQ(charted_nodes(cluster, all), (std::vector<NodeId>{1, 2}));
    EXPECT_EQ(chart_text(cluster, all, {.rows = 6, .columns = 20}),
              "  250|\n"
              "     |      D\n"
              "  150|      E\n"
              "     |      A\n"
              "     |      D\n"
              "       1    2\n");
}

TEST(NodesPages, KnowOpenMosixKeys) {
    const ClusterModel cluster = cluster_of(3);
    NodesPage page({});
    const auto settings_after = [&](Key key) {
        EXPECT_TRUE(page.press(key, cluster, 80)) << key;
        return page.settings();
    };
    EXPECT_EQ(settings_after('w').spacing, Spacing::wide);
    EXPECT_EQ(settings_after('v').spacing, Spacing::vertical);
    EXPECT_EQ(settings_after('V').spacing, Spacing::tight);
    EXPECT_EQ(settings_after('a').spacing, Spacing::automatic);
    EXPECT_EQ(settings_after('s').figure, Figure::speed);
    EXPECT_EQ(settings_after('m').figure, Figure::memory);
    EXPECT_EQ(settings_after('r').figure, Figure::raw_memory);
    EXPECT_EQ(settings_after('u').figure, Figure::utilizability);
    EXPECT_EQ(settings_after('L').figure, Figure::log_load);
    EXPECT_EQ(settings_after('l').figure, Figure::load);
    EXPECT_TRUE(settings_after('d').shows_dead);
    EXPECT_FALSE(settings_after('d').shows_dead);
    EXPECT_TRUE(settings_after('t').shows_totals);
    EXPECT_FALSE(page.press('z', cluster, 80));
}

TEST(NodesPages, ShowTotalsAndRemarks) {
    ClusterModel cluster = cluster_of(2);
    Canvas canvas({.rows = 10, .columns = 80});
    NodesPage({.shows_totals = true}).draw(cluster, canvas);
    EXPECT_THAT(canvas.row_text(8), HasSubstr("2 of 2 nodes up"));
    nlohmann::json blocked = node_json(2, 0);
    blocked["remarks"] = "block,own user";
    cluster.take({{"nodes", {node_json(1, 0), blocked}}});
    Canvas with_remarks({.rows = 10, .columns = 80});
    NodesPage({.shows_totals = true}).draw(cluster, with_remarks);
    EXPECT_THAT(with_remarks.row_text(7), HasSubstr("2 of 2 nodes up"));
    EXPECT_EQ(with_remarks.row_text(8), "2: block,own user");
}

TEST(NodesPages, ScrollWhenNotAllHaveRoom) {
    const ClusterModel cluster = cluster_of(9);
    NodesPage page({.spacing = Spacing::wide});
    page.press(key_left, cluster, 20);
    EXPECT_EQ(page.settings().first, 0);
    page.press(key_right, cluster, 20);
    page.press(key_right, cluster, 20);
    EXPECT_EQ(page.settings().first, 3);
    page.press(key_left, cluster, 20);
    EXPECT_EQ(page.settings().first, 2);
    for (int count = 0; count < 20; ++count) {
        page.press(key_right, cluster, 20);
    }
    EXPECT_EQ(page.settings().first, 7);
    page.press(key_home, cluster, 20);
    EXPECT_EQ(page.settings().first, 0);
    page.press(key_right, cluster, 200);
    EXPECT_EQ(page.settings().first, 0);
}

}  // namespace
}  // namespace openmosix::monitor
