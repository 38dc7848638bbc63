// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/temporary_folder.h"

namespace clusterdisc {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Read {
    Configuration configuration;
    std::vector<std::string> problems;
};

Read read_document(const std::string& document) {
    Read read;
    read_toml(document, "lab.toml", read.configuration, read.problems);
    return read;
}

TEST(Configuration, TakesEveryKey) {
    const Read read = read_document(R"(
cluster = "lab-3"
nodeid = 17
netif = ["eth0", "enp*"]
nomigrate = true
key_file = "/etc/key"
passphrase_file = "/etc/passphrase"
port = 1000
wireguard_port = 1001
interface = "om1"
plain = true
multicast = false
multicast_ttl = 4
avahi = false
peers = ["192.0.2.1", "[fe80::1%eth0]:99"]
hosts_base = "/etc/base"
hooks = "/etc/hooks"
name = "pc17"
log_level = "debug"
)");
    EXPECT_THAT(read.problems, IsEmpty());
    const Configuration& configuration = read.configuration;
    EXPECT_EQ(configuration.cluster, "lab-3");
    EXPECT_EQ(configuration.node_id, 17);
    EXPECT_THAT(configuration.interfaces, ElementsAre("eth0", "enp*"));
    EXPECT_EQ(configuration.key_file, "/etc/key");
    EXPECT_EQ(configuration.passphrase_file, "/etc/passphrase");
    EXPECT_EQ(configuration.port, 1000);
    EXPECT_EQ(configuration.wireguard_port, 1001);
    EXPECT_EQ(configuration.overlay_interface, "om1");
    EXPECT_TRUE(configuration.plain);
    EXPECT_FALSE(configuration.uses_multicast);
    EXPECT_EQ(configuration.multicast_time_to_live, 4);
    EXPECT_FALSE(configuration.uses_avahi);
    ASSERT_EQ(configuration.peers.size(), 2U);
    EXPECT_EQ(configuration.peers[1].port, 99);
    EXPECT_EQ(configuration.hosts_base, "/etc/base");
    EXPECT_EQ(configuration.hooks_folder, "/etc/hooks");
    EXPECT_EQ(configuration.name, "pc17");
    EXPECT_EQ(configuration.log_level, LogLevel::debug);
}

TEST(Configuration, ReportsEverythingThatIsWrongWithItsPlace) {
    const Read read = read_document("cluster = \"Lab\"\nnodeid = 65535\n\nplains = true\npeers = [\"a b\"]\n");
    EXPECT_THAT(read.problems,
                ::testing::UnorderedElementsAre(StartsWith("lab.toml:1: cluster must be a name of"),
                                                StartsWith("lab.toml:2: nodeid must be a whole number"),
                                                StartsWith("lab.toml:4: there is no setting plains; the settings are:"),
                                                StartsWith("lab.toml:5: peers must be a list of addresses")));
    EXPECT_EQ(read.configuration.cluster, "clusterdisc") << "a bad value changes nothing";
    EXPECT_TRUE(read.configuration.peers.empty());
}

TEST(Configuration, RefusesValuesOfAnotherType) {
    for (const char* const line :
         {"nodeid = \"5\"", "plain = 1", "netif = \"eth0\"", "name = 5", "port = 80.0", "log_level = \"loud\"",
          "multicast_ttl = 256", "interface = \"om*\"", "hooks = \"relative\"", "nomigrate = 1", "netif = [1]"}) {
        EXPECT_EQ(read_document(line).problems.size(), 1U) << line;
    }
}

TEST(Configuration, NamesTheLineOfASyntaxError) {
    const Read read = read_document("cluster = \"lab\"\nnodeid = = 5\n");
    ASSERT_EQ(read.problems.size(), 1U);
    EXPECT_THAT(read.problems.front(), StartsWith("lab.toml:2: this is not TOML"));
}

TEST(Configuration, ShowsWhereATableHasNoName) {
    // The parser's own assertions are not true of these documents.
    for (const std::string document : {"[\n", "\n[ \n\nnodeid = 1\n", "[[\n", "[a.\n"}) {
        const Read read = read_document(document);
        EXPECT_THAT(read.problems, ElementsAre(AllOf(StartsWith("lab.toml:"), HasSubstr("this is not TOML"))));
    }
}

TEST(Configuration, TakesCommentsInAnyLanguageAndSettingsInAscii) {
    EXPECT_THAT(read_document("# Küche\n  # \xef\xbb\xbd\nnodeid = 5\n").problems, IsEmpty());
    EXPECT_THAT(read_document("nodeid = 5\n\xef\xbb\xbdname = \"a\"").problems,
                ElementsAre(StartsWith("lab.toml:2: only ASCII")));
}

TEST(Configuration, ALaterFileIsReadOverAnEarlierOne) {
    Read read = read_document("nodeid = 5\nnetif = [\"eth0\"]\ncluster = \"lab\"\n");
    read_toml("nodeid = 6\nnetif = [\"eth1\"]\n", "boot", read.configuration, read.problems);
    EXPECT_EQ(read.configuration.node_id, 6);
    EXPECT_THAT(read.configuration.interfaces, ElementsAre("eth1"));
    EXPECT_EQ(read.configuration.cluster, "lab");
}

TEST(Configuration, AFileThatIsMissingIsAProblemWhenItWasNamed) {
    const TemporaryFolder folder;
    Read read;
    read_configuration_file(folder.path("none"), false, read.configuration, read.problems);
    EXPECT_THAT(read.problems, IsEmpty());
    read_configuration_file(folder.path("none"), true, read.configuration, read.problems);
    EXPECT_THAT(read.problems, ElementsAre(HasSubstr("none does not exist")));
}

}  // namespace
}  // namespace clusterdisc
