// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "balance/gossip_message.h"
#include "balance/gossip_seal.h"
#include "balance/load_gossip.h"
#include "balance/tuning.h"
#include "balance/view_table.h"

namespace openmosix::balance {
namespace gossip_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

NodeState node(NodeId id, double runnable = 1) {
    NodeState state;
    state.node = id;
    state.runnable_hundredths = to_hundredths(runnable);
    state.total_pages = 65'536;
    state.free_pages = 30'000;
    return state;
}

LoadEntry entry(NodeId id, std::uint32_t sequence, std::uint16_t age = 0, std::uint32_t run = 0) {
    return {.state = node(id), .run = run == 0 ? id : run, .sequence = sequence, .age_centiseconds = age};
}

/// From 2 to 1, with entries of others after its own.
GossipMessage message(std::uint32_t sequence, const std::vector<LoadEntry>& others = {}) {
    GossipMessage result{.sender = 2, .recipient = 1, .run = 2, .sequence = sequence, .entries = {entry(2, sequence)}};
    result.entries.insert(result.entries.end(), others.begin(), others.end());
    return result;
}

clusterdisc::KeyRing keys(std::uint8_t filler) {
    clusterdisc::DerivedKeys derived{.id = filler};
    derived.migration.fill(filler);
    return clusterdisc::KeyRing(std::span(&derived, 1));
}

TEST(GossipMessage, IsReadAsItIsWritten) {
    GossipMessage original = message(9, {entry(3, 7, 12)});
    original.entries[1].state.policies = {NodePolicy::block, NodePolicy::bring};
    original.entries[1].state.user = OwnUser::present;
    original.entries[1].state.processors = {.cores = 2, .threads = 4, .limit = 250};
    const auto bytes = encode(original);
    EXPECT_EQ(bytes.size(), gossip_header_size + 2 * gossip_entry_size);
    EXPECT_EQ(decode_gossip(bytes), original);
}

TEST(GossipMessage, IsRefusedWhenItsEncodingIsNotExact) {
    auto bytes = encode(message(1, {entry(3, 7, 12)}));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_EQ(decode_gossip(std::span(bytes).first(size)), std::nullopt) << size;
    }
    bytes.push_back(0);
    EXPECT_EQ(decode_gossip(bytes), std::nullopt);
}

TEST(GossipMessage, HasNoEncodingWhenItIsMalformed) {
    for (const auto& spoil : std::vector<void (*)(GossipMessage&)>{
             [](GossipMessage& wrong) { wrong.sender = 0; }, [](GossipMessage& wrong) { wrong.recipient = 2; },
             [](GossipMessage& wrong) { wrong.recipient = 65'535; }, [](GossipMessage& wrong) { wrong.sequence = 0; },
             [](GossipMessage& wrong) { wrong.run = 5; }, [](GossipMessage& wrong) { wrong.entries.clear(); },
             [](GossipMessage& wrong) { wrong.entries[0].age_centiseconds = 1; },
             [](GossipMessage& wrong) { wrong.entries[0].state.abis = 4; },
             [](GossipMessage& wrong) { wrong.entries.push_back(wrong.entries[0]); },
             [](GossipMessage& wrong) { wrong.entries.resize(tuning::max_entries_of_message + 1); }}) {
        GossipMessage wrong = message(1);
        spoil(wrong);
        EXPECT_THROW(encode(wrong), std::logic_error);
    }
}

TEST(GossipSeal, OpensWithTheSameKeyOnly) {
    const GossipMessage original = message(1, {entry(3, 7, 12)});
    auto datagram = seal_gossip(original, keys(1));
    EXPECT_LE(datagram.size(), max_sealed_gossip_size);
    EXPECT_EQ(open_gossip(datagram, keys(1)), original);
    EXPECT_EQ(open_gossip(datagram, keys(2)), std::nullopt);
    for (std::uint8_t& byte : datagram) {
        byte ^= 1U;
        EXPECT_EQ(open_gossip(datagram, keys(1)), std::nullopt);
        byte ^= 1U;
    }
    EXPECT_EQ(open_gossip({}, keys(1)), std::nullopt);
}

class ViewTables : public testing::Test {
protected:
    ViewTables() : view(1) { view.set_members({1, 2, 3, 4}); }

    [[nodiscard]] std::uint64_t faults(EntryFault fault) const {
        const auto found = view.faults().find(fault);
        return found == view.faults().end() ? 0 : found->second;
    }

    ViewTable view;
    Instant now = seconds(1000);
};

TEST_F(ViewTables, KnowWhatMembersSayWithItsAge) {
    EXPECT_EQ(view.receive(now, message(1, {entry(3, 7, 200)})), 2U);
    EXPECT_EQ(view.find(now, 3)->said, now - seconds(2));
    EXPECT_EQ(view.known(now + seconds(5), tuning::max_age_for_decision).size(), 1U);
    EXPECT_EQ(view.known(now + seconds(7), tuning::max_age_for_decision).size(), 0U);
    EXPECT_EQ(view.entries(now + seconds(1)).back().age_centiseconds, 300);
    view.forget_old(now + seconds(60));
    EXPECT_EQ(view.find(now, 2), std::nullopt);
}

TEST_F(ViewTables, DropWhatIsNotNewer) {
    EXPECT_EQ(view.receive(now, message(5)), 1U);
    EXPECT_EQ(view.receive(now, message(5)), 0U);
    EXPECT_EQ(view.receive(now, message(4)), 0U);
    EXPECT_EQ(faults(EntryFault::not_newer), 2U);
}

TEST_F(ViewTables, TakeNothingFromOrAboutNonMembersOrThemselves) {
    EXPECT_EQ(view.receive(now, message(1, {entry(9, 1), entry(1, 1)})), 1U);
    GossipMessage stranger = message(2);
    stranger.sender = 9;
    EXPECT_EQ(view.receive(now, stranger), 0U);
    EXPECT_EQ(faults(EntryFault::not_a_member), 2U);
    EXPECT_EQ(faults(EntryFault::about_self), 1U);
    view.receive(now, message(3));
    view.set_members({1, 3});
    EXPECT_EQ(view.find(now, 2), std::nullopt);
}

TEST_F(ViewTables, BelieveANodeAboutItselfMoreThanOthers) {
    view.receive(now, message(5));
    GossipMessage liar{.sender = 4, .recipient = 1, .run = 4, .sequence = 1, .entries = {entry(4, 1)}};
    liar.entries.push_back(entry(2, 4'000'000));
    view.receive(now, liar);
    EXPECT_EQ(faults(EntryFault::too_fast), 1U);
    liar.sequence = 2;
    liar.entries = {entry(4, 2), entry(2, 1, 0, 77)};
    view.receive(now, liar);
    EXPECT_EQ(faults(EntryFault::other_run), 1U);
    EXPECT_EQ(view.receive(now + seconds(1), message(6)), 1U);
}

/// From 4 to 1: what it says of node 2.
GossipMessage rumour(std::uint32_t sequence, const LoadEntry& about) {
    return {.sender = 4, .recipient = 1, .run = 4, .sequence = sequence, .entries = {entry(4, sequence), about}};
}

TEST_F(ViewTables, ReplaceWhatOthersSaidByWhatTheNodeItselfSays) {
    view.receive(now, message(5));
    LoadEntry lie = entry(2, 60);
    lie.state.speed = 77;
    EXPECT_EQ(view.receive(now, rumour(1, lie)), 2U);
    EXPECT_EQ(view.find(now, 2)->state.speed, 77U);
    EXPECT_EQ(view.receive(now + seconds(1), message(6)), 1U);
    EXPECT_EQ(view.find(now + seconds(1), 2)->state, node(2));
}

TEST_F(ViewTables, BelieveANodeOfWhichOthersInventedANewRun) {
    view.receive(now, message(5));
    EXPECT_EQ(view.receive(now + seconds(4), rumour(1, entry(2, 1, 0, 77))), 2U);
    EXPECT_EQ(view.receive(now + seconds(5), message(5)), 0U);
    EXPECT_EQ(view.receive(now + seconds(5), message(6)), 1U);
    EXPECT_EQ(view.find(now + seconds(5), 2)->said, now + seconds(5));
}

TEST_F(ViewTables, KeepANewRunOfWhichOthersToldWhenTheOldOneIsToldOf) {
    view.receive(now, message(5));
    EXPECT_EQ(view.receive(now + seconds(4), rumour(1, entry(2, 1, 0, 77))), 2U);
    EXPECT_EQ(view.receive(now + seconds(8), rumour(2, entry(2, 6, 500))), 1U);
    EXPECT_EQ(faults(EntryFault::other_run), 1U);
    EXPECT_EQ(view.find(now + seconds(8), 2)->said, now + seconds(4));
}

TEST_F(ViewTables, FollowANodeThatWasStartedAgain) {
    view.receive(now, message(5));
    GossipMessage restarted = message(1);
    restarted.run = 99;
    restarted.entries[0].run = 99;
    EXPECT_EQ(view.receive(now + seconds(1), restarted), 1U);
    // Recordings of the former run.
    EXPECT_EQ(view.receive(now + seconds(2), message(6)), 0U);
    EXPECT_EQ(faults(EntryFault::other_run), 1U);
}

TEST_F(ViewTables, FlagAbsurdValues) {
    GossipMessage lie = message(1);
    lie.entries[0].state.free_pages = 0xffffffffU;
    view.receive(now, lie);
    EXPECT_EQ(view.find(now, 2)->trust, Trust::distrusted);
    EXPECT_LE(view.find(now, 2)->state.free_pages, view.find(now, 2)->state.total_pages);
    // It is not passed on, and is trusted again later.
    EXPECT_TRUE(view.entries(now).empty());
    view.receive(now + seconds(61), message(2));
    EXPECT_EQ(view.find(now + seconds(61), 2)->trust, Trust::trusted);
}

TEST_F(ViewTables, DistrustWhoPassesOnAbsurdValues) {
    LoadEntry lie = entry(3, 1);
    lie.state.speed = 0;
    view.receive(now, message(1, {lie}));
    EXPECT_EQ(view.find(now, 3), std::nullopt);
    EXPECT_EQ(view.find(now, 2)->trust, Trust::distrusted);
}

TEST(LoadGossip, TellsEachMemberInTurnOncePerInterval) {
    LoadGossip gossip(1, 11, 5);
    gossip.set_members({1, 2, 3, 4});
    std::multiset<NodeId> told;
    for (int tick = 0; tick < 6; ++tick) {
        const Instant now = gossip.next_tick();
        const auto sent = gossip.tick(now, node(1));
        ASSERT_TRUE(sent);
        EXPECT_EQ(sent->entries.front().state, node(1));
        told.insert(sent->recipient);
        EXPECT_GE(gossip.next_tick() - now, milliseconds(450));
        EXPECT_LE(gossip.next_tick() - now, milliseconds(550));
    }
    EXPECT_EQ(told, (std::multiset<NodeId>{2, 2, 3, 3, 4, 4}));
}

TEST(LoadGossip, IsSilentWhenItIsQuietOrAlone) {
    LoadGossip gossip(1, 11, 5);
    EXPECT_EQ(gossip.tick(seconds(1), node(1)), std::nullopt);
    gossip.set_members({1, 2});
    NodeState quiet = node(1);
    quiet.policies = {NodePolicy::quiet};
    EXPECT_EQ(gossip.tick(seconds(2), quiet), std::nullopt);
    EXPECT_EQ(gossip.receive(seconds(2), message(1)), 0U);
    EXPECT_TRUE(gossip.tick(seconds(3), node(1)));
    EXPECT_EQ(gossip.receive(seconds(3), message(1)), 1U);
}

TEST(LoadGossip, PassesOnTheYoungestAndTheIdlest) {
    LoadGossip gossip(1, 11, 5);
    std::vector<NodeId> members;
    for (NodeId id = 2; id <= 60; ++id) {
        members.push_back(id);
    }
    gossip.set_members(members);
    for (NodeId id = 2; id <= 60; ++id) {
        GossipMessage received{.sender = id, .recipient = 1, .run = id, .sequence = 1, .entries = {entry(id, 1)}};
        // Number 5 is old and idle.
        received.entries[0].state.runnable_hundredths = id == 5 ? 0 : 300;
        gossip.receive(milliseconds(10 * id), received);
    }
    const auto sent = gossip.tick(seconds(1), node(1));
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->entries.size(), tuning::max_entries_of_message);
    std::set<NodeId> about;
    for (const LoadEntry& told : sent->entries) {
        about.insert(told.state.node);
    }
    EXPECT_TRUE(about.contains(5) || sent->recipient == 5);
    EXPECT_TRUE(about.contains(60) || sent->recipient == 60);
    EXPECT_FALSE(about.contains(sent->recipient));
}

}  // namespace
}  // namespace gossip_test
}  // namespace openmosix::balance
