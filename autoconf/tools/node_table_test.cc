// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/node_table.h"

#include <gmock/gmock.h>

#include <limits>
#include <sstream>

namespace clusterdisc {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

ListedMember other_node() {
    ListedMember member;
    member.id = 300;
    member.name = "pc300";
    member.address = "10.77.1.44";
    member.condition = "alive";
    member.stage = "member";
    member.in_map = true;
    member.found = "multicast";
    member.path = "eth0 fe80::5054:ff:fe12:3456";
    member.round_trip_us = 1234;
    member.since = 1000;
    return member;
}

ListedMember own_node() {
    ListedMember member = other_node();
    member.id = 12;
    member.name = "pc12";
    member.address = "10.77.0.12";
    member.is_self = true;
    member.found = "self";
    member.path.clear();
    member.round_trip_us.reset();
    member.since = 100;
    return member;
}

ListedCluster two_nodes() {
    ListedCluster cluster;
    cluster.own_id = 12;
    cluster.own_stage = "member";
    cluster.members = {own_node(), other_node()};
    return cluster;
}

std::vector<std::string> table_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

TEST(NodeTable, HasALineForEachNodeAndMarksTheOwnOne) {
    EXPECT_EQ(to_node_table(two_nodes(), {}, 1180s),
              " ID   NAME   ADDRESS     STATE   FOUND      PATH                          RTT    SINCE\n"
              "*12   pc12   10.77.0.12  member  self       -                             -      18m\n"
              " 300  pc300  10.77.1.44  member  multicast  eth0 fe80::5054:ff:fe12:3456  1.2ms  3m\n");
}

TEST(NodeTable, SaysInOneWordHowANodeIs) {
    ListedMember member = other_node();
    EXPECT_EQ(state_word(member), "member");
    member.in_map = false;
    EXPECT_EQ(state_word(member), "no path");
    member.stage = "claiming";
    EXPECT_EQ(state_word(member), "claiming");
    member.condition = "suspect";
    EXPECT_EQ(state_word(member), "suspect");
}

TEST(NodeTable, ShowsAgesInTheirLargestUnit) {
    EXPECT_EQ(short_age(0s), "0s");
    EXPECT_EQ(short_age(59s), "59s");
    EXPECT_EQ(short_age(60s), "1m");
    EXPECT_EQ(short_age(7199s), "1h");
    EXPECT_EQ(short_age(48h), "2d");
}

TEST(NodeTable, FitsAnyWidth) {
    ListedCluster cluster = two_nodes();
    cluster.members.back().name = std::string(63, 'n');
    EXPECT_THAT(to_node_table(cluster, {}, 0s), HasSubstr(std::string(40, 'n') + "..."));
    for (std::size_t width = 24; width < 160; ++width) {
        const std::string text = to_node_table(cluster, {.width = width}, 1180s);
        EXPECT_THAT(table_lines(text), Each(SizeIs(testing::Le(width)))) << text;
        EXPECT_THAT(text, AllOf(HasSubstr("*12"), HasSubstr("member"))) << width;
    }
}

TEST(NodeTable, KeepsAllColumnsOnAnOrdinaryTerminal) {
    EXPECT_THAT(table_lines(to_node_table(two_nodes(), {.width = 80}, 1180s)).front(),
                AllOf(HasSubstr("PATH"), HasSubstr("SINCE")));
}

TEST(NodeTable, CountsWhatDoesNotFitTheHeight) {
    ListedCluster cluster = two_nodes();
    cluster.members.resize(30, other_node());
    const auto lines = table_lines(to_node_table(cluster, {.width = 80, .height = 10}, 0s));
    ASSERT_THAT(lines, SizeIs(10));
    EXPECT_EQ(lines.back(), "... and 22 more");
    EXPECT_THAT(table_lines(to_node_table(cluster, {.height = 31}, 0s)), SizeIs(31));
}

TEST(NodeTable, StandsWhateverOthersWrote) {
    ListedCluster cluster = two_nodes();
    ListedMember& member = cluster.members.back();
    member.id.reset();
    for (std::string* const text : {&member.name, &member.address, &member.condition, &member.stage, &member.found}) {
        *text = "\033[2J";
    }
    for (const double number : {-1e300, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
        member.since = number;
        member.round_trip_us = number;
        EXPECT_THAT(to_node_table(cluster, {.width = 80}, 5s), AllOf(HasSubstr("\\x1b[2J"), Not(HasSubstr("\033"))));
    }
}

}  // namespace
}  // namespace clusterdisc
