// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/node_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/node_map.h"
#include "output/cluster_view_samples.h"

namespace clusterdisc {
namespace {

using ::testing::EndsWith;

TEST(NodeMap, HasALineForEachMemberInOrderOfIds) {
    const ClusterView view = {sample_member(300, "a", true), sample_member(7, "b")};
    EXPECT_THAT(to_node_map(view, sample_interface), EndsWith("\n7 10.77.0.7 1\n300 10.77.1.44 1\n"));
}

TEST(NodeMap, HasNobodyAsLongAsThisNodeIsNoMember) {
    ClusterView view = {sample_member(300, "a", true), sample_member(7, "b")};
    view.front().in_map = false;
    const auto entries = parse_node_map(to_node_map(view, sample_interface));
    ASSERT_TRUE(std::holds_alternative<std::vector<NodeMapEntry>>(entries));
    EXPECT_TRUE(std::get<0>(entries).empty());
}

TEST(NodeMap, HasLinkAddressesOfPlainMembers) {
    const auto make_plain = [](NodeRecord& record) { record.plain = true; };
    MemberView other = with_record(sample_member(7, "b"), make_plain);
    EXPECT_EQ(member_address(other, sample_interface), "fe80::1%eth2");
    other = with_record(other, [](NodeRecord& record) {
        record.endpoints = {{.address = *parse_ip_address("fe80::1"), .port = 1},
                            {.address = *parse_ip_address("192.0.2.7"), .port = 1}};
    });
    EXPECT_EQ(member_address(other, sample_interface), "192.0.2.7");
}

}  // namespace
}  // namespace clusterdisc
