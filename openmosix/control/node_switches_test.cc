// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/node_switches.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

TEST(NodeSwitches, AreReadAsTheyAreWritten) {
    const NodeSwitches all{NodeSwitch::stay, NodeSwitch::lstay, NodeSwitch::block, NodeSwitch::quiet};
    EXPECT_EQ(to_text(all), "stay lstay block quiet");
    EXPECT_EQ(parse_node_switches(to_text(all)), all);
    EXPECT_EQ(to_text(NodeSwitches()), "");
    EXPECT_EQ(parse_node_switches("block\n"), NodeSwitches{NodeSwitch::block});
}

TEST(NodeSwitches, SkipWhatIsNone) {
    EXPECT_EQ(parse_node_switches("  blocked Block\nquiet  \xff block"),
              (NodeSwitches{NodeSwitch::block, NodeSwitch::quiet}));
    EXPECT_FALSE(find_node_switch("noblock"));
    EXPECT_FALSE(find_node_switch(""));
}

TEST(NodeSwitches, HaveNames) {
    for (const char* name : {"stay", "lstay", "block", "quiet"}) {
        EXPECT_EQ(name_of(find_node_switch(name).value()), name);
    }
}

}  // namespace
}  // namespace openmosix
