// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/node_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "output/cluster_view_samples.h"

namespace clusterdisc {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

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

TEST(NodeMap, IsReadAsOpenMosixWroteIt) {
    const auto entries = parse_node_map("# lab\n1 192.168.1.1 5\n\n 7\tnode7 1 # name\n7 10.0.0.7 ALIAS\n");
    ASSERT_TRUE(std::holds_alternative<std::vector<NodeMapEntry>>(entries));
    EXPECT_EQ(std::get<0>(entries), (std::vector<NodeMapEntry>{{.first = 1, .address = "192.168.1.1", .count = 5},
                                                               {.first = 7, .address = "node7", .count = 1},
                                                               {.first = 7, .address = "10.0.0.7", .count = 0}}));
}

TEST(NodeMap, NamesTheLineThatIsWrong) {
    for (const auto& [line, problem] :
         std::vector<std::pair<std::string, std::string>>{{"1 10.0.0.1", "three fields"},
                                                          {"1 10.0.0.1 1 1", "three fields"},
                                                          {"0 10.0.0.1 1", "not a node id"},
                                                          {"65535 10.0.0.1 1", "not a node id"},
                                                          {"1 10.0.0.1 many", "not a number of nodes"},
                                                          {"65000 10.0.0.1 1000", "beyond node id"},
                                                          {"1 node1 2", "needs an IP address"}}) {
        const auto result = parse_node_map("# heading\n" + line + "\n");
        ASSERT_TRUE(std::holds_alternative<NodeMapError>(result)) << line;
        EXPECT_EQ(std::get<NodeMapError>(result).line, 2U) << line;
        EXPECT_THAT(std::get<NodeMapError>(result).text, HasSubstr(problem)) << line;
    }
}

}  // namespace
}  // namespace clusterdisc
