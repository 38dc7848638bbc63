// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/node_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openmosix {
namespace {

using clusterdisc::NodeMapEntry;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(NodeLists, AreIdsAndRanges) {
    EXPECT_THAT(parse_node_list("7").value(), ElementsAre(NodeRange{7, 7}));
    EXPECT_THAT(parse_node_list("1-4,7,65534").value(),
                ElementsAre(NodeRange{1, 4}, NodeRange{7, 7}, NodeRange{65534, 65534}));
    for (const char* text : {"", ",", "1,", "0", "65535", "4-1", "1-", "-4", "1-2-3", "a", " 1", "1 ,2"}) {
        EXPECT_EQ(parse_node_list(text), std::nullopt) << text;
    }
}

TEST(NodeLists, OfMapsAreSortedAndWithoutAliases) {
    const std::vector<NodeMapEntry> entries = {
        {.first = 7, .address = "10.77.0.7", .count = 1},
        {.first = 1, .address = "10.77.0.1", .count = 2},
        {.first = 9, .address = "10.77.0.9", .count = 0},
        {.first = 3, .address = "10.77.1.3", .count = 3},
    };
    EXPECT_THAT(nodes_of(entries), ElementsAre(NodeRange{1, 5}, NodeRange{7, 7}));
    EXPECT_THAT(nodes_of({}), IsEmpty());
}

TEST(NodeLists, AreInOrderAndWithoutOverlaps) {
    EXPECT_THAT(parse_node_list("9,2-4,1,3-7,65534,9").value(),
                ElementsAre(NodeRange{1, 7}, NodeRange{9, 9}, NodeRange{65534, 65534}));
    std::string text = "1-65534";
    for (std::size_t count = 1; count < max_node_ranges; ++count) {
        text += ",1-65534";
    }
    EXPECT_THAT(parse_node_list(text).value(), ElementsAre(NodeRange{1, 65534}));
    EXPECT_EQ(parse_node_list(text + ",1"), std::nullopt);
    EXPECT_THAT(node_list_problem("1,,2"), StartsWith("1,,2 is no list of at most 1024 node ids"));
}

TEST(NodeLists, KnowWhatIsInThem) {
    const std::vector<NodeRange> ranges = {{2, 4}, {9, 9}, {65534, 65534}};
    for (const int node : {2, 3, 4, 9, 65534}) {
        EXPECT_TRUE(contains(ranges, static_cast<clusterdisc::NodeId>(node))) << node;
    }
    for (const int node : {1, 5, 8, 10, 65533}) {
        EXPECT_FALSE(contains(ranges, static_cast<clusterdisc::NodeId>(node))) << node;
    }
    EXPECT_FALSE(contains({}, 1));
}

TEST(NodeLists, KnowTheAddressesOfMembers) {
    const std::vector<NodeMapEntry> entries = {
        {.first = 7, .address = "10.77.0.7", .count = 2},
        {.first = 1, .address = "10.77.0.255", .count = 3},
        {.first = 20, .address = "pc20", .count = 1},
        {.first = 21, .address = "10.77.0.21", .count = 0},
    };
    std::vector<std::string> found;
    for (const auto& [node, address] : addresses_among(entries, parse_node_list("2-7,2-7,20-21").value())) {
        found.push_back(std::to_string(node) + ' ' + to_text(address));
    }
    EXPECT_THAT(found, ElementsAre("7 10.77.0.7", "2 10.77.1.0", "3 10.77.1.1"));
    EXPECT_THAT(addresses_among(entries, {}), IsEmpty());
}

TEST(NodeLists, AreShownShort) {
    EXPECT_EQ(to_text(std::vector<NodeRange>{{1, 2}, {5, 9}, {12, 12}}), "1, 2, 5-9, 12");
    EXPECT_EQ(to_text(std::vector<NodeRange>{}), "none");
}

}  // namespace
}  // namespace openmosix
