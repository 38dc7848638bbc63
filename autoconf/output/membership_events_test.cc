// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/membership_events.h"

#include <gtest/gtest.h>

#include "output/cluster_view_samples.h"

namespace clusterdisc {
namespace {

using Kind = MembershipEvent::Kind;

TEST(MembershipEvents, TellWhoCameWentAndChanged) {
    const MemberView stays = sample_member(1, "stays", true);
    const MemberView goes = sample_member(2, "goes");
    const MemberView changes = sample_member(3, "changes");
    const MemberView changed = with_record(changes, [](NodeRecord& record) { record.id = 30; });
    const MemberView comes = sample_member(4, "comes");
    EXPECT_EQ(
        membership_events({stays, goes, changes}, {stays, changed, comes}),
        (std::vector<MembershipEvent>{{.kind = Kind::leave, .id = 2, .address = "10.77.0.2", .name = "goes"},
                                      {.kind = Kind::change, .id = 30, .address = "10.77.0.30", .name = "changes"},
                                      {.kind = Kind::join, .id = 4, .address = "10.77.0.4", .name = "comes"}}));
}

TEST(MembershipEvents, KnowOnlyTheMap) {
    MemberView suspect = sample_member(2, "suspect");
    suspect.condition = Condition::suspect;
    EXPECT_TRUE(membership_events({sample_member(2, "suspect")}, {suspect}).empty());
    suspect.in_map = false;
    EXPECT_EQ(membership_events({sample_member(2, "suspect")}, {suspect}).size(), 1U);
    EXPECT_TRUE(membership_events({}, {suspect}).empty());
}

}  // namespace
}  // namespace clusterdisc
