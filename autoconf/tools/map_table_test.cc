// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/map_table.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

TEST(MapTable, LooksAsThatOfOpenMosix) {
    EXPECT_EQ(to_map_table(2780, {{1, "10.77.0.1", 1}, {2780, "10.77.10.220", 16}, {2780, "192.0.2.1", 0}}),
              "My Node-Id: 0x0adc\n"
              "\n"
              "Base Node-Id Address          Count\n"
              "------------ ---------------- -----\n"
              "0x0001       10.77.0.1        1\n"
              "0x0adc       10.77.10.220     16\n"
              "0x0adc       192.0.2.1        ALIAS\n");
}

TEST(MapTable, MakesRoomForLongAddresses) {
    EXPECT_EQ(to_map_table({}, {{1, "fe80::5054:ff:fe12:3456%eth0", 1}}),
              "My Node-Id: none\n"
              "\n"
              "Base Node-Id Address                      Count\n"
              "------------ ---------------------------- -----\n"
              "0x0001       fe80::5054:ff:fe12:3456%eth0 1\n");
}

TEST(MapTable, LetsNothingActOnTheTerminal) {
    EXPECT_EQ(to_map_table({}, {{1, "\033[2J", 1}}).find('\033'), std::string::npos);
}

}  // namespace
}  // namespace clusterdisc
