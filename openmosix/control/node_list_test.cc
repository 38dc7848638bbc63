// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/node_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openmosix {
namespace {

using clusterdisc::NodeMapEntry;
using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(NodeLists, KnowWhatIsInBoth) {
    const std::vector<NodeRange> wanted = {{2, 4}, {9, 9}};
    const std::vector<NodeRange> there = {{1, 3}, {8, 65534}};
    EXPECT_TRUE(contains(wanted, 4));
    EXPECT_FALSE(contains(wanted, 5));
    EXPECT_THAT(common_nodes(wanted, there, 10), ElementsAre(2, 3, 9));
    EXPECT_THAT(common_nodes(there, wanted, 2), ElementsAre(2, 3));
    EXPECT_THAT(common_nodes(std::vector<NodeRange>{{65534, 65534}}, there, 10), ElementsAre(65534));
}

TEST(NodeLists, AreShownShort) {
    EXPECT_EQ(to_text(std::vector<NodeRange>{{1, 2}, {5, 9}, {12, 12}}), "1, 2, 5-9, 12");
    EXPECT_EQ(to_text(std::vector<NodeRange>{}), "none");
}

}  // namespace
}  // namespace openmosix
