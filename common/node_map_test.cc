// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/node_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

using ::testing::HasSubstr;

TEST(ParseNodeMap, IsReadAsOpenMosixWroteIt) {
    const auto entries = parse_node_map("# lab\n1 192.168.1.1 5\n\n 7\tnode7 1 # name\n7 10.0.0.7 ALIAS\n");
    ASSERT_TRUE(std::holds_alternative<std::vector<NodeMapEntry>>(entries));
    EXPECT_EQ(std::get<0>(entries), (std::vector<NodeMapEntry>{{.first = 1, .address = "192.168.1.1", .count = 5},
                                                               {.first = 7, .address = "node7", .count = 1},
                                                               {.first = 7, .address = "10.0.0.7", .count = 0}}));
}

TEST(ParseNodeMap, NamesTheLineThatIsWrong) {
    for (const auto& [line, problem] : std::vector<std::pair<std::string, std::string>>{
             {"1 10.0.0.1", "three fields"},
             {"1 10.0.0.1 1 1", "three fields"},
             {"0 10.0.0.1 1", "not a node id"},
             {"65535 10.0.0.1 1", "not a node id"},
             {"1 10.0.0.1 many", "not a number of nodes"},
             {"65000 10.0.0.1 1000", "beyond node id"},
             {"1 node1 2", "needs an IP address"},
             {"1 255.255.255.255 2", "beyond the last IP address"},
             {"1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 3", "beyond the last IP address"}}) {
        const auto result = parse_node_map("# heading\n" + line + "\n");
        ASSERT_TRUE(std::holds_alternative<NodeMapError>(result)) << line;
        EXPECT_EQ(std::get<NodeMapError>(result).line, 2U) << line;
        EXPECT_THAT(std::get<NodeMapError>(result).text, HasSubstr(problem)) << line;
    }
}

TEST(ParseNodeMap, TakesRangesUpToTheLastAddress) {
    for (const char* const text : {"1 255.255.255.254 2\n", "1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 1\n",
                                   "1 10.0.0.1 65534\n", "3 a 1\n2 b 1\n1 10.0.0.1 1\n4 10.0.1.1 9\n"}) {
        EXPECT_TRUE(std::holds_alternative<std::vector<NodeMapEntry>>(parse_node_map(text))) << text;
    }
}

TEST(ParseNodeMap, GivesNoNodeIdTwice) {
    for (const auto& [line, problem] :
         std::vector<std::pair<std::string, std::string>>{{"10 10.9.0.1 1", "node id 10 stands in line 1"},
                                                          {"14 node14 1", "node id 14 stands in line 1"},
                                                          {"1 10.9.0.1 10", "node id 10 stands in line 1"},
                                                          {"1 10.9.0.1 100", "node id 30 stands in line 2"},
                                                          {"11 10.9.0.1 2", "node id 11 stands in line 1"},
                                                          {"30 10.9.0.1 1", "node id 30 stands in line 2"}}) {
        const auto result = parse_node_map("10 10.0.0.1 5\n30 node30 1\n" + line + "\n");
        ASSERT_TRUE(std::holds_alternative<NodeMapError>(result)) << line;
        EXPECT_EQ(std::get<NodeMapError>(result).line, 3U) << line;
        EXPECT_THAT(std::get<NodeMapError>(result).text, HasSubstr(problem)) << line;
    }
}

TEST(NodeMap, TellsNodesByAddressesAndAddressesByNodes) {
    const auto entries = std::get<0>(
        parse_node_map("1 10.0.0.254 3\n7 node7 1\n7 192.0.2.7 ALIAS\n9 fe80::9 1\n20 255.255.255.250 6\n"));
    EXPECT_EQ(address_in_map(entries, 1), "10.0.0.254");
    EXPECT_EQ(address_in_map(entries, 3), "10.0.1.0");
    EXPECT_EQ(address_in_map(entries, 4), std::nullopt);
    EXPECT_EQ(address_in_map(entries, 7), "node7");
    const auto node = [&entries](const char* address) { return node_in_map(entries, *parse_ip_address(address)); };
    EXPECT_EQ(node("10.0.1.0"), NodeId{3});
    EXPECT_EQ(node("10.0.1.1"), std::nullopt);
    EXPECT_EQ(node("192.0.2.7"), NodeId{7});
    EXPECT_EQ(node("fe80::9"), NodeId{9});
    EXPECT_EQ(node("255.255.255.255"), NodeId{25});
}

}  // namespace
}  // namespace clusterdisc
