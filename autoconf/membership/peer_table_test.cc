// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/peer_table.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

NodeRecord record_of(std::uint8_t number, NodeId id = 0, Stage stage = Stage::joining) {
    NodeRecord record;
    record.public_key = {number};
    record.identity = identity_of(record.public_key);
    record.incarnation = 1;
    record.id = id;
    record.stage = stage;
    record.name = "pc" + std::to_string(number);
    return record;
}

Rumour rumour_of(const NodeRecord& record, Condition condition = Condition::alive) {
    return {.subject = record.identity,
            .incarnation = record.incarnation,
            .condition = condition,
            .record = std::make_shared<const NodeRecord>(record)};
}

Rumour bare_rumour(const NodeRecord& record, Condition condition, std::uint32_t incarnation) {
    return {.subject = record.identity, .incarnation = incarnation, .condition = condition, .record = {}};
}

class PeerTableTest : public ::testing::Test {
protected:
    Effect tell(const Rumour& rumour) { return table.apply(rumour, accuser, Instant(1)); }

    PeerTable table{record_of(1, 1, Stage::member)};
    NodeRecord other = record_of(2, 2, Stage::member);
    Identity accuser{9};
};

TEST_F(PeerTableTest, NewsIsNewsOnce) {
    EXPECT_EQ(tell(rumour_of(other)), Effect::news);
    EXPECT_EQ(tell(rumour_of(other)), Effect::none);
    EXPECT_EQ(table.live_nodes(), 1U);
}

TEST_F(PeerTableTest, AnAccusationWeighsMoreThanALifeSignOfTheSameVersion) {
    tell(rumour_of(other));
    EXPECT_EQ(tell(bare_rumour(other, Condition::suspect, 1)), Effect::news);
    EXPECT_EQ(tell(rumour_of(other)), Effect::none);
    ++other.incarnation;
    EXPECT_EQ(tell(rumour_of(other)), Effect::news);
    EXPECT_EQ(table.find(other.identity)->condition, Condition::alive);
}

TEST_F(PeerTableTest, WhoHasLeftDoesNotComeBackUnderThatIdentity) {
    tell(rumour_of(other));
    EXPECT_EQ(tell(bare_rumour(other, Condition::left, 0)), Effect::news);
    other.incarnation = 100;
    tell(rumour_of(other));
    EXPECT_EQ(table.find(other.identity)->condition, Condition::left);
    EXPECT_EQ(table.live_nodes(), 0U);
}

TEST_F(PeerTableTest, NobodyIsKnownByAnAccusationAlone) {
    EXPECT_EQ(tell(bare_rumour(other, Condition::dead, 1)), Effect::none);
    EXPECT_EQ(table.find(other.identity), nullptr);
}

TEST_F(PeerTableTest, WhatIsSaidOfUsIsSlanderUnlessItIsOld) {
    const NodeRecord& self = table.self();
    EXPECT_EQ(tell(bare_rumour(self, Condition::suspect, self.incarnation)), Effect::slander);
    table.change_self([](NodeRecord&) {}, self.incarnation);
    EXPECT_EQ(tell(bare_rumour(table.self(), Condition::suspect, 1)), Effect::none);
}

TEST_F(PeerTableTest, TablesWithTheSameNodesHaveTheSameDigest) {
    PeerTable another(other);
    EXPECT_NE(table.digest(), another.digest());
    tell(rumour_of(other));
    another.apply(rumour_of(table.self()), accuser, Instant(1));
    EXPECT_EQ(table.digest(), another.digest());
    tell(bare_rumour(other, Condition::suspect, 1));
    EXPECT_EQ(table.digest(), another.digest()) << "a suspicion is no difference";
    tell(bare_rumour(other, Condition::dead, 1));
    EXPECT_NE(table.digest(), another.digest());
}

TEST_F(PeerTableTest, OneIdStandsInTheMapOnce) {
    NodeRecord rival = record_of(3, 2, Stage::member);
    tell(rumour_of(other));
    tell(rumour_of(rival));
    for (const Identity& identity : {other.identity, rival.identity}) {
        table.find(identity)->is_reachable = true;
    }
    const bool first = table.is_in_map(*table.find(other.identity));
    const bool second = table.is_in_map(*table.find(rival.identity));
    EXPECT_NE(first, second);
    EXPECT_EQ(first, outranks(other, rival));
}

TEST_F(PeerTableTest, WhoClaimsOrIsOutOfReachIsNotInTheMap) {
    NodeRecord claimant = record_of(4, 4, Stage::claiming);
    tell(rumour_of(claimant));
    tell(rumour_of(other));
    table.find(claimant.identity)->is_reachable = true;
    EXPECT_FALSE(table.is_in_map(*table.find(claimant.identity)));
    EXPECT_FALSE(table.is_in_map(*table.find(other.identity)));
}

TEST_F(PeerTableTest, ForgettingLeavesNoTrace) {
    const std::uint64_t before = table.digest();
    tell(rumour_of(other));
    tell(bare_rumour(other, Condition::suspect, 1));
    table.forget(other.identity);
    EXPECT_EQ(table.digest(), before);
    EXPECT_EQ(table.live_nodes(), 0U);
    EXPECT_TRUE(table.suspects().empty());
    EXPECT_EQ(table.holder_of(2), nullptr);
}

}  // namespace
}  // namespace clusterdisc
