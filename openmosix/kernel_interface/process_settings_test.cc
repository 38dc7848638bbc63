// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_interface/process_settings.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "common/node_id.h"

namespace openmosix::kernel {
namespace {

using Ranges = std::vector<NodeRange>;

TEST(NodeMask, CountsWhenTheFilterIsOn) {
    EXPECT_EQ(allowed_nodes({.filter = "0", .policy = "1", .nodes = "6"}), Ranges());
    EXPECT_EQ(allowed_nodes({.filter = "1", .policy = "1", .nodes = "6"}), (Ranges{{.first = 2, .last = 3}}));
    EXPECT_EQ(allowed_nodes({.filter = "1", .policy = "1", .nodes = "list:3,70-80"}),
              (Ranges{{.first = 3, .last = 3}, {.first = 70, .last = 80}}));
}

TEST(NodeMask, MayNameTheNodesThatAreForbidden) {
    EXPECT_EQ(allowed_nodes({.filter = "1", .policy = "0", .nodes = "6"}),
              (Ranges{{.first = 1, .last = 1}, {.first = 4, .last = clusterdisc::last_node_id}}));
    EXPECT_EQ(allowed_nodes({.filter = "1", .policy = "0", .nodes = "0"}), Ranges());
}

TEST(NodeMask, MayForbidAll) {
    const Ranges nowhere{{.first = 0, .last = 0}};
    EXPECT_EQ(allowed_nodes({.filter = "1", .policy = "1", .nodes = "0"}), nowhere);
    EXPECT_EQ(allowed_nodes(to_mask(nowhere)), nowhere);
}

TEST(NodeMask, IsWrittenAsItIsRead) {
    for (const Ranges& ranges :
         {Ranges(), Ranges{{.first = 1, .last = 4}}, Ranges{{.first = 2, .last = 2}, {.first = 9, .last = 99}}}) {
        EXPECT_EQ(allowed_nodes(to_mask(ranges)), ranges);
    }
    Ranges many;
    for (clusterdisc::NodeId node = 1; many.size() <= max_mask_ranges; node += 2) {
        many.push_back({.first = node, .last = node});
    }
    EXPECT_THROW(to_mask(many), std::runtime_error);
}

TEST(NodeMask, IsNoneWhenTheTextIsSomethingElse) {
    for (const char* text : {"", "x", "-1", "6 ", "list:x", "list:0"}) {
        EXPECT_FALSE(allowed_nodes({.filter = "1", .policy = "1", .nodes = text})) << text;
    }
}

}  // namespace
}  // namespace openmosix::kernel
