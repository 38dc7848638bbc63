// SPDX-License-Identifier: GPL-2.0-or-later
#include "status_screen.h"

#include <gmock/gmock.h>

#include <sstream>

namespace clusterdisc {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

NodeStatus ordinary_node() {
    NodeStatus status;
    status.release.version = "0.1.0";
    status.host_name = "node-12ab";
    status.kernel_release = "6.1.0-openmosix-486";
    status.user_name = "user";
    status.links = {
        {"eth0", true, true, {{"192.168.1.17", 24, false, false}, {"fe80::1", 64, true, true}}},
        {"eth1", true, false, {}},
    };
    return status;
}

ListedMember listed_member(NodeId id, const std::string& name) {
    ListedMember member;
    member.id = id;
    member.name = name;
    member.address = "10.77.0." + std::to_string(id);
    member.in_map = true;
    return member;
}

ListedCluster three_nodes() {
    ListedCluster cluster;
    cluster.own_id = 12;
    cluster.own_stage = "member";
    cluster.members = {listed_member(12, "pc12"), listed_member(5, "pc5"), listed_member(77, "pc77"),
                       listed_member(78, "unreachable")};
    cluster.members.front().is_self = true;
    cluster.members.back().in_map = false;
    return cluster;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::string plain_screen(const NodeStatus& status) {
    return to_screen(status, {});
}

TEST(Screen, SaysWhatThisNodeIsAndWhereItIs) {
    EXPECT_THAT(plain_screen(ordinary_node()),
                AllOf(HasSubstr("ClusterDisc 0.1.0"), HasSubstr("Linux 6.1.0-openmosix-486"), HasSubstr("node-12ab"),
                      HasSubstr("192.168.1.17/24, fe80::1/64"), HasSubstr("no cable"), HasSubstr("clusterdisc\n"),
                      HasSubstr("ssh user@192.168.1.17\n")));
}

TEST(Screen, SaysWhatTheBootParametersSaid) {
    NodeStatus status = ordinary_node();
    status.boot.settings = {"lab", 7, {}, true};
    EXPECT_THAT(plain_screen(status), HasSubstr("lab, node 7, keeps processes"));
}

TEST(Screen, ShowsThisNodeAndTheMembers) {
    NodeStatus status = ordinary_node();
    status.cluster = three_nodes();
    EXPECT_THAT(plain_screen(status), AllOf(HasSubstr("This node       node 12, 10.77.0.12\n"),
                                            HasSubstr("Members         3: node5, node12, node77\n")));
}

TEST(Screen, ShowsAsManyMembersAsFitTheLine) {
    NodeStatus status = ordinary_node();
    status.cluster = three_nodes();
    for (NodeId id = 100; id < 200; ++id) {
        status.cluster->members.push_back(listed_member(id, "pc"));
    }
    EXPECT_THAT(plain_screen(status), HasSubstr("103: node5, node12, node77, node100, node101, node102 ...\n"));
}

TEST(Screen, SaysHowFarJoiningIs) {
    NodeStatus status = ordinary_node();
    status.cluster = three_nodes();
    status.cluster->own_stage = "claiming";
    EXPECT_THAT(plain_screen(status), HasSubstr("asks for the id 12\n"));
    status.cluster->own_id.reset();
    EXPECT_THAT(plain_screen(status), HasSubstr("joins the cluster ...\n"));
}

TEST(Screen, SaysThatTheAgentDoesNotRun) {
    EXPECT_THAT(plain_screen(ordinary_node()), HasSubstr("omdiscd does not run"));
}

TEST(Screen, SaysHowToLeaveItWhileItIsLive) {
    EXPECT_EQ(lines_of(to_screen(ordinary_node(), {.is_live = true})).back(), "Press any key for a shell");
    EXPECT_EQ(lines_of(to_screen(ordinary_node(), {.is_live = true, .has_monitor = true})).back(),
              "Press any key for a shell, m to see all nodes (mosmon)");
    EXPECT_THAT(plain_screen(ordinary_node()), Not(HasSubstr("Press any key")));
}

TEST(Screen, SaysThatThereIsNoNetworkCard) {
    NodeStatus status = ordinary_node();
    status.links.clear();
    EXPECT_THAT(plain_screen(status), AllOf(HasSubstr("no wired network card"), HasSubstr("ssh user@node-12ab.local")));
}

TEST(Screen, PrefersAnAddressThatReachesFarForLoggingIn) {
    NodeStatus status = ordinary_node();
    status.links = {{"eth0", true, true, {{"169.254.1.2", 16, false, true}}},
                    {"eth1", true, true, {{"fd00::2", 64, true, false}, {"fe80::2", 64, true, true}}}};
    EXPECT_THAT(plain_screen(status), HasSubstr("user@fd00::2\n"));
    status.links.pop_back();
    EXPECT_THAT(plain_screen(status), HasSubstr("user@169.254.1.2\n"));
}

TEST(Screen, ShowsEachProblemWhole) {
    NodeStatus status = ordinary_node();
    status.boot.problems = {
        "nodeid=0 is not a node id: give a whole number from 1 to 65534 without leading zeros. The "
        "node chooses its id by itself."};
    const std::string screen = plain_screen(status);
    EXPECT_THAT(screen, AllOf(HasSubstr("! nodeid=0 is not a node id"), HasSubstr("by itself.")));
}

TEST(Screen, FitsATerminalWhateverIsToBeShown) {
    NodeStatus status = ordinary_node();
    status.release = {std::string(200, 'n'), std::string(200, 'v')};
    status.host_name = std::string(64, 'h');
    status.kernel_release = std::string(64, 'k');
    status.user_name = std::string(32, 'u');
    status.boot.settings = {std::string(32, 'c'), 65534, {}, true};
    const LinkAddress longest{"2001:0db8:1111:2222:3333:4444:5555:6666", 128, true, false};
    for (int number = 0; number < 10; ++number) {
        status.links.push_back({"enp12345678901" + std::to_string(number), true, number % 2 == 0,
                                std::vector<LinkAddress>(static_cast<std::size_t>(number), longest)});
        status.boot.problems.push_back(std::string(90, 'p') + " many words " + std::string(10, 'q'));
    }
    ListedCluster cluster = three_nodes();
    cluster.members.resize(2000, listed_member(65534, "pc"));
    cluster.members.front().address = std::string(200, '\033');
    for (const bool is_running : {false, true}) {
        status.cluster = is_running ? std::optional(cluster) : std::nullopt;
        for (const bool is_live : {false, true}) {
            const auto lines = lines_of(to_screen(status, {.is_live = is_live}));
            EXPECT_THAT(lines, SizeIs(testing::Le(screen_lines)));
            EXPECT_THAT(lines, Each(SizeIs(testing::Le(screen_columns))));
        }
    }
}

TEST(Screen, LetsNothingActOnTheTerminal) {
    NodeStatus status = ordinary_node();
    status.host_name = "a\033[2Jb";
    status.boot.problems = {"c\033[2Jd"};
    EXPECT_THAT(plain_screen(status), Not(HasSubstr("\033")));
}

TEST(Screen, HasColoursOnlyWhenAskedFor) {
    EXPECT_THAT(to_screen(ordinary_node(), {.with_colour = true}), HasSubstr("\033[1m"));
}

TEST(Json, HasEverythingThatTheScreenHas) {
    NodeStatus status = ordinary_node();
    status.boot.settings = {"lab", 7, {"eth*"}, true};
    status.boot.problems = {R"(a "quoted" \ problem)"};
    status.cluster = three_nodes();
    status.cluster->members.resize(2);
    EXPECT_EQ(
        to_json(status),
        R"({"name": "ClusterDisc", "version": "0.1.0", "host_name": "node-12ab", "kernel": "6.1.0-openmosix-486", )"
        R"("cluster": "lab", "nodeid": 7, "netif": ["eth*"], "nomigrate": true, "node": {"id": 12, "stage": "member", "address": "10.77.0.12"}, "members": [)"
        R"({"id": 12, "name": "pc12", "address": "10.77.0.12"}, {"id": 5, "name": "pc5", "address": "10.77.0.5"}], )"
        R"("links": [)"
        R"({"name": "eth0", "carrier": true, "addresses": ["192.168.1.17/24", "fe80::1/64"]}, )"
        R"({"name": "eth1", "carrier": false, "addresses": []}], )"
        R"("problems": ["a \"quoted\" \\ problem"]})"
        "\n");
}

TEST(Json, HasNoNodeWhileTheAgentDoesNotRun) {
    EXPECT_THAT(to_json(ordinary_node()), HasSubstr(R"("node": null, "members": [], )"));
}

}  // namespace
}  // namespace clusterdisc
