// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot_parameters.h"

#include <gmock/gmock.h>

namespace clusterdisc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(BootParameters, SayNothingAboutANodeByThemselves) {
    const auto result = parse_boot_parameters("BOOT_IMAGE=/live/vmlinuz boot=live components quiet\n");
    EXPECT_EQ(result.settings, NodeSettings{});
    EXPECT_FALSE(result.typed_secret);
    EXPECT_FALSE(result.is_secret_refused);
    EXPECT_THAT(result.problems, IsEmpty());
}

TEST(BootParameters, GiveEverySetting) {
    const auto result = parse_boot_parameters(
        "boot=live cluster=lab-3 clusterkey=\"two words\" nodeid=17 netif=eth0,enp* nomigrate quiet");
    EXPECT_EQ(result.settings, (NodeSettings{"lab-3", 17, {"eth0", "enp*"}, true}));
    EXPECT_EQ(result.typed_secret, ClusterSecret(Passphrase{"two words"}));
    EXPECT_THAT(result.problems, IsEmpty());
}

TEST(BootParameters, CountTheLastTimeTheyAreGiven) {
    const auto result = parse_boot_parameters("nodeid=1 nodeid=nonsense nomigrate nodeid=2 nomigrate=no");
    EXPECT_EQ(result.settings.node_id, 2);
    EXPECT_EQ(result.settings.no_migrate, false);
    EXPECT_THAT(result.problems, IsEmpty());
}

TEST(BootParameters, AreAsIfNotGivenWhenTheirValueIsEmpty) {
    const auto result = parse_boot_parameters("cluster=x cluster= clusterkey= nodeid= netif= nomigrate=");
    EXPECT_EQ(result.settings, NodeSettings{});
    EXPECT_FALSE(result.is_secret_refused);
    EXPECT_THAT(result.problems, IsEmpty());
}

TEST(ClusterParameter, IsTheSameInCapitalLetters) {
    EXPECT_EQ(parse_boot_parameters("cluster=LAB").settings.cluster, "lab");
}

TEST(ClusterParameter, StaysAtItsDefaultWhenItIsNoName) {
    const auto result = parse_boot_parameters("cluster=my_lab");
    EXPECT_FALSE(result.settings.cluster);
    EXPECT_THAT(result.problems, ElementsAre(AllOf(HasSubstr("cluster=my_lab"), HasSubstr("give 1 to 32"))));
}

TEST(NodeIdParameter, StaysAtItsDefaultWhenItIsOutOfRange) {
    const auto result = parse_boot_parameters("nodeid=65535");
    EXPECT_FALSE(result.settings.node_id);
    EXPECT_THAT(result.problems, ElementsAre(AllOf(HasSubstr("nodeid=65535"), HasSubstr("from 1 to 65534"))));
}

TEST(InterfacesParameter, IsTakenAsAWholeOrNotAtAll) {
    for (const char* line :
         {"netif=eth0,", "netif=,eth0", "netif=eth0,,eth1", "netif=eth0,a/b", "netif=eth0,1234567890123456"}) {
        const auto result = parse_boot_parameters(line);
        EXPECT_THAT(result.settings.interfaces, IsEmpty()) << line;
        EXPECT_THAT(result.problems, ElementsAre(AllOf(HasSubstr(line), HasSubstr("separated by commas")))) << line;
    }
}

TEST(InterfacesParameter, NamesEachInterfaceOnce) {
    EXPECT_THAT(parse_boot_parameters("netif=b,a,b").settings.interfaces, ElementsAre("b", "a"));
}

TEST(InterfacesParameter, HasABoundedNumberOfEntries) {
    std::string line = "netif=i0";
    for (std::size_t number = 1; number < max_interfaces; ++number) {
        line += ",i" + std::to_string(number);
    }
    EXPECT_EQ(parse_boot_parameters(line).settings.interfaces.size(), max_interfaces);
    EXPECT_THAT(parse_boot_parameters(line + ",x").settings.interfaces, IsEmpty());
}

TEST(SshKeyParameter, IsALineOfAuthorizedKeys) {
    const std::string key = "AAAAC3NzaC1lZDI1NTE5AAAAIFha6UACHJndH4kigUhVfyBeOYWw31Wmr40qC19e9EeO";
    for (const std::string& typed : {"sshkey=" + key, "sshkey=\"ssh-ed25519 " + key + " me\""}) {
        const auto result = parse_boot_parameters(typed);
        EXPECT_EQ(result.ssh_key, "ssh-ed25519 " + key) << typed;
        EXPECT_THAT(result.problems, IsEmpty());
    }
}

TEST(SshKeyParameter, LetsNobodyInWhenItIsNoKey) {
    const auto result = parse_boot_parameters("sshkey=id_ed25519.pub");
    EXPECT_FALSE(result.ssh_key);
    EXPECT_THAT(result.problems, ElementsAre(AllOf(HasSubstr("sshkey=id_ed25519.pub"), HasSubstr("AAAA"))));
}

TEST(NoMigrateParameter, TakesYesAndNoInTheUsualWords) {
    for (const char* line : {"nomigrate", "nomigrate=1", "nomigrate=yes", "nomigrate=True", "nomigrate=on"}) {
        EXPECT_EQ(parse_boot_parameters(line).settings.no_migrate, true) << line;
    }
    for (const char* line : {"nomigrate=0", "nomigrate=no", "nomigrate=false", "nomigrate=OFF"}) {
        EXPECT_EQ(parse_boot_parameters(line).settings.no_migrate, false) << line;
    }
    const auto result = parse_boot_parameters("nomigrate=maybe");
    EXPECT_FALSE(result.settings.no_migrate);
    EXPECT_THAT(result.problems, ElementsAre(HasSubstr("nomigrate=maybe")));
}

TEST(ClusterKeyParameter, LeavesTheNodeWithoutAKeyWhenItIsUnusable) {
    for (const char* line : {"clusterkey=short", "clusterkey", "clusterkey=\"never closed", "CLUSTERKEY=long-enough",
                             "quiet -- clusterkey=long-enough"}) {
        const auto result = parse_boot_parameters(line);
        EXPECT_FALSE(result.typed_secret) << line;
        EXPECT_TRUE(result.is_secret_refused) << line;
        EXPECT_THAT(result.problems, ElementsAre(HasSubstr("clusterkey"))) << line;
    }
}

TEST(ClusterKeyParameter, IsNeverShownInAProblem) {
    for (const char* line :
         {"clusterkey=tops3", "clusterkey=\"tops3 ecret", "ClusterKey=tops3ecret", "-- clusterkey=tops3ecret"}) {
        EXPECT_THAT(parse_boot_parameters(line).problems, ElementsAre(Not(HasSubstr("tops3")))) << line;
    }
}

TEST(BootParameters, NeedAValueExceptForTheFlag) {
    const auto result = parse_boot_parameters("cluster nodeid netif nomigrate");
    EXPECT_EQ(result.settings, (NodeSettings{{}, {}, {}, true}));
    EXPECT_THAT(result.problems, ElementsAre(HasSubstr("cluster needs a value"), HasSubstr("nodeid needs a value"),
                                             HasSubstr("netif needs a value")));
}

TEST(BootParameters, AreReportedWhenTheyStandAfterTheDashes) {
    const auto result = parse_boot_parameters("cluster=a -- cluster=b");
    EXPECT_EQ(result.settings.cluster, "a");
    EXPECT_THAT(result.problems, ElementsAre(HasSubstr("cluster after -- is for init")));
}

TEST(BootParameters, AreReportedWhenTheirNameHasCapitalLetters) {
    const auto result = parse_boot_parameters("NodeID=5");
    EXPECT_FALSE(result.settings.node_id);
    EXPECT_THAT(result.problems, ElementsAre(HasSubstr("nodeid was given in capital letters")));
}

TEST(BootParameters, ShowWhatWasTypedWithoutLettingItActOnTheTerminal) {
    EXPECT_THAT(parse_boot_parameters("cluster=\x1B[2J").problems, ElementsAre(HasSubstr("cluster=\\x1b[2J")));
}

TEST(BootParameters, AreNotReadFromALineOfUnreasonableLength) {
    const auto result = parse_boot_parameters("nodeid=5 " + std::string(20000, 'x'));
    EXPECT_FALSE(result.settings.node_id);
    EXPECT_TRUE(result.is_secret_refused);
    EXPECT_THAT(result.problems, ElementsAre(HasSubstr("shorten it")));
}

}  // namespace
}  // namespace clusterdisc
