// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/nodes_json.h"

#include <gtest/gtest.h>

#include "output/cluster_view_samples.h"

namespace clusterdisc {
namespace {

TEST(NodesJson, IsReadAsItWasWritten) {
    const MemberView claimant = with_record(sample_member(9, "c"), [](NodeRecord& record) {
        record.id = 0;
        record.stage = Stage::joining;
    });
    ClusterView view = {sample_member(300, "a", true), sample_member(7, "b\"\\"), claimant};
    view.back().in_map = false;
    view.back().condition = Condition::suspect;
    view.back().path.reset();
    view.back().round_trip.reset();
    const auto cluster = parse_nodes_json(to_nodes_json(view, "lab", sample_interface));
    ASSERT_TRUE(cluster);
    EXPECT_EQ(cluster->cluster, "lab");
    EXPECT_EQ(cluster->own_id, 300);
    ASSERT_EQ(cluster->members.size(), 3U);
    EXPECT_TRUE(cluster->members[0].is_self);
    EXPECT_EQ(cluster->members[1].name, "b\"\\");
    EXPECT_EQ(cluster->members[1].path, "eth2 fe80::1");
    EXPECT_EQ(cluster->members[1].round_trip_us, 120);
    EXPECT_EQ(cluster->members[1].since, 100);
    EXPECT_FALSE(cluster->members[2].id);
    EXPECT_EQ(cluster->members[2].condition, "suspect");
    EXPECT_FALSE(cluster->members[2].in_map);
}

TEST(NodesJson, IsRefusedWhenItIsSomethingElse) {
    for (const char* const text : {"", "{", "[]", "{}", "{\"version\": 2}", "{\"version\": 1, \"self\": 3}",
                                   R"({"version": 1, "cluster": "a", "self": {"identity": "", "id": "x"}})"}) {
        EXPECT_FALSE(parse_nodes_json(text)) << text;
    }
    EXPECT_FALSE(parse_nodes_json(std::string(200000, '[')));
}

}  // namespace
}  // namespace clusterdisc
