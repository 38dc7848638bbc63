// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/node_settings.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

TEST(ClusterName, HasLettersDigitsAndInnerHyphens) {
    EXPECT_TRUE(is_cluster_name("a"));
    EXPECT_TRUE(is_cluster_name("lab-3"));
    EXPECT_TRUE(is_cluster_name(std::string(32, 'x')));
    EXPECT_FALSE(is_cluster_name(""));
    EXPECT_FALSE(is_cluster_name(std::string(33, 'x')));
    EXPECT_FALSE(is_cluster_name("-lab"));
    EXPECT_FALSE(is_cluster_name("lab-"));
    EXPECT_FALSE(is_cluster_name("Lab"));
    EXPECT_FALSE(is_cluster_name("lab.3"));
    EXPECT_FALSE(is_cluster_name("l\xC3\xA4"));
}

TEST(NodeId, GoesFrom1To65534) {
    EXPECT_EQ(parse_node_id("1"), 1);
    EXPECT_EQ(parse_node_id("65534"), 65534);
    for (const char* text :
         {"", "0", "65535", "65536", "99999999999999999999", "-1", "+1", " 1", "1 ", "01", "0x1", "1.0"}) {
        EXPECT_FALSE(parse_node_id(text)) << text;
    }
}

TEST(InterfacePattern, IsWhatTheKernelTakesAsANameOrAPattern) {
    for (const char* text : {"eth0", "enp3s0f1", "eth*", "en?1", "*", "br-lan.12", "123456789012345"}) {
        EXPECT_TRUE(is_interface_pattern(text)) << text;
    }
    for (const char* text :
         {"", ".", "..", "1234567890123456", "a b", "a/b", "a:1", "a,b", "a\"b", "a\\b", "\xC3\xA4", "a\n"}) {
        EXPECT_FALSE(is_interface_pattern(text)) << text;
    }
}

TEST(NodeSettings, BecomeTomlThatHasOnlyWhatWasGiven) {
    EXPECT_EQ(to_toml({}).find('='), std::string::npos);
    const NodeSettings settings{"lab", 7, {"eth0", "enp*"}, true};
    EXPECT_TRUE(
        to_toml(settings).ends_with("cluster = \"lab\"\n"
                                    "nodeid = 7\n"
                                    "netif = [\"eth0\", \"enp*\"]\n"
                                    "nomigrate = true\n"));
}

TEST(NodeSettings, AreTheSameAfterWritingAndReading) {
    for (const NodeSettings& settings :
         {NodeSettings{}, NodeSettings{"lab", 65534, {"eth0"}, false}, NodeSettings{{}, {}, {"a", "b", "*"}, true}}) {
        EXPECT_EQ(from_toml(to_toml(settings)), settings);
    }
}

TEST(NodeSettings, AreNotReadFromADamagedDocument) {
    for (const char* document :
         {"cluster", "cluster = lab\n", "cluster = \"Lab\"\n", "cluster = \"la\"b\"\n", "nodeid = 0\n",
          "nodeid = \"5\"\n", "netif = []\n", "netif = [\"a\", ]\n", "netif = \"a\"\n", "netif = [\"a/b\"]\n",
          "nomigrate = 1\n", "other = \"x\"\n", "cluster = \"\n"}) {
        EXPECT_FALSE(from_toml(document)) << document;
    }
}

}  // namespace
}  // namespace clusterdisc
