// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/openmosix_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/file.h"
#include "common/temporary_folder.h"

namespace clusterdisc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(std::string_view text) {
    std::vector<std::string> problems;
    parse_openmosix_config(text, "openmosix.config", problems);
    return problems;
}

OpenmosixConfig parsed(std::string_view text) {
    std::vector<std::string> problems;
    auto config = parse_openmosix_config(text, "openmosix.config", problems);
    EXPECT_THAT(problems, IsEmpty());
    return config;
}

TEST(OpenmosixConfig, HasNothingWhenItIsEmpty) {
    const OpenmosixConfig config = parsed("");
    EXPECT_THAT(config.interfaces, IsEmpty());
    EXPECT_EQ(config.node_id, std::nullopt);
    EXPECT_EQ(config.speed, std::nullopt);
    EXPECT_EQ(config.migrates, std::nullopt);
    EXPECT_EQ(config.blocks, std::nullopt);
    EXPECT_THAT(config.others, IsEmpty());
}

TEST(OpenmosixConfig, IsUnderstoodAsPeopleWroteIt) {
    const OpenmosixConfig config = parsed(
        "# Made in 2005.\r\n\n  AUTODISC=1   # always\nAUTODISCIF=\"eth0, eth1\"\n# OVERHEADS=\nMFSCOSTS=\n"
        "MYOMID=2780\n NODESPEED=10000\nexport MIGRATE='no'\nBLOCK=Yes\nMFS=yes");
    EXPECT_THAT(config.interfaces, ElementsAre("eth0", "eth1"));
    EXPECT_EQ(config.node_id, 2780);
    EXPECT_EQ(config.speed, 10000U);
    EXPECT_EQ(config.migrates, false);
    EXPECT_EQ(config.blocks, true);
    EXPECT_THAT(config.others, ElementsAre("AUTODISC", "MFSCOSTS", "MFS"));
}

TEST(OpenmosixConfig, TakesWhatIsEmptyAsNotSaid) {
    const OpenmosixConfig config = parsed("MYOMID=\nNODESPEED=\"\"\nMIGRATE=\nAUTODISCIF=\n");
    EXPECT_EQ(config.node_id, std::nullopt);
    EXPECT_EQ(config.speed, std::nullopt);
    EXPECT_EQ(config.migrates, std::nullopt);
    EXPECT_THAT(config.interfaces, IsEmpty());
}

TEST(OpenmosixConfig, TakesNodeZeroAsAnyNode) {
    EXPECT_EQ(parsed("MYOMID=0\n").node_id, std::nullopt);
}

TEST(OpenmosixConfig, SaysWhatIsWrongAndWhere) {
    EXPECT_THAT(problems_of("MYOMID=65535\n\nMIGRATE=maybe\nNODESPEED=fast\nAUTODISCIF=a/b\nBLOCK=$X\nstart omd\n"),
                ElementsAre("openmosix.config:1: MYOMID must be a node id from 1 to 65534, or 0 for any, not 65535",
                            "openmosix.config:3: MIGRATE must be yes or no, not maybe",
                            HasSubstr("openmosix.config:4: NODESPEED must be a whole number"),
                            HasSubstr("openmosix.config:5: AUTODISCIF must be names of network interfaces"),
                            HasSubstr("openmosix.config:6: NAME=VALUE must stand here"),
                            HasSubstr("openmosix.config:7: NAME=VALUE must stand here")));
}

TEST(OpenmosixConfig, NeedsNoShell) {
    for (const char* const line : {"MIGRATE=yes; reboot", "MIGRATE=\"yes", "MIGRATE=`id`", "MIGRATE='yes'no",
                                   "MIGRATE=y'e's", "MIGRATE=yes no", "=yes", "1A=2", "if [ -e /x ]; then"}) {
        EXPECT_EQ(problems_of(line).size(), 1U) << line;
    }
}

TEST(OpenmosixConfig, IsReadBesideAnotherFile) {
    const TemporaryFolder folder;
    std::vector<std::string> problems;
    EXPECT_EQ(read_openmosix_config_beside(folder.path("omd.toml"), problems).node_id, std::nullopt);
    constexpr mode_t mode = 0644;
    replace_file(folder.path("openmosix.config"), "MYOMID=7\n", mode);
    EXPECT_EQ(read_openmosix_config_beside(folder.path("omd.toml"), problems).node_id, 7);
    EXPECT_THAT(problems, IsEmpty());
}

}  // namespace
}  // namespace clusterdisc
