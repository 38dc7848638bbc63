// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/hosts.h"

#include <gtest/gtest.h>

#include "output/cluster_view_samples.h"

namespace clusterdisc {
namespace {

TEST(Hosts, NameEveryMemberByIdAndByItsHostName) {
    const ClusterView view = {sample_member(300, "here", true), sample_member(7, "there")};
    EXPECT_EQ(to_hosts("127.0.0.1\tlocalhost", view, sample_interface),
              "127.0.0.1\tlocalhost\n10.77.0.7\tnode7 there.cluster\n10.77.1.44\tnode300 here.cluster\n");
}

TEST(Hosts, LeaveOutNamesThatCouldMislead) {
    ClusterView view = {sample_member(1, "bad name", true)};
    NodeId id = 2;
    for (const char* const name : {"twin", "TWIN", "www.example.org", "x-", "node1", "$(reboot)", "-x", "a\nb"}) {
        view.push_back(sample_member(id++, name));
    }
    const std::string hosts = to_hosts("", view, sample_interface);
    EXPECT_EQ(hosts,
              "10.77.0.1\tnode1\n10.77.0.2\tnode2\n10.77.0.3\tnode3\n10.77.0.4\tnode4\n10.77.0.5\tnode5\n"
              "10.77.0.6\tnode6\n10.77.0.7\tnode7\n10.77.0.8\tnode8\n10.77.0.9\tnode9\n");
}

TEST(Hosts, NameNoHostOutsideOfTheCluster) {
    ClusterView view;
    NodeId id = 1;
    for (const char* const name : {"wpad", "LocalHost", "gateway", "ip6-allnodes"}) {
        view.push_back(sample_member(id++, name));
    }
    EXPECT_EQ(to_hosts("", view, sample_interface),
              "10.77.0.1\tnode1 wpad.cluster\n10.77.0.2\tnode2 localhost.cluster\n"
              "10.77.0.3\tnode3 gateway.cluster\n10.77.0.4\tnode4 ip6-allnodes.cluster\n");
}

TEST(Hosts, LeaveOutAddressesThatNeedAnInterface) {
    const MemberView plain = with_record(sample_member(7, "there"), [](NodeRecord& record) { record.plain = true; });
    EXPECT_EQ(to_hosts("", {sample_member(1, "here", true), plain}, sample_interface),
              "10.77.0.1\tnode1 here.cluster\n");
}

TEST(MachineFile, HasAMemberPerLine) {
    ClusterView view = {sample_member(300, "here", true), sample_member(7, "there"), sample_member(8, "gone")};
    view.back().in_map = false;
    EXPECT_EQ(to_machine_file(view), "node7\nnode300\n");
    view.front().in_map = false;
    EXPECT_EQ(to_machine_file(view), "");
}

}  // namespace
}  // namespace clusterdisc
