// SPDX-License-Identifier: GPL-2.0-or-later
//
// The parts of the daemon that need no network: what it logs, remembers, and tells WireGuard.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/temporary_folder.h"
#include "omdiscd/former_run.h"
#include "omdiscd/overlay_network.h"
#include "omdiscd/refusal_log.h"
#include "output/cluster_view_samples.h"

namespace clusterdisc {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(RefusalLog, SaysEachKindOnceAMinute) {
    RefusalLog log;
    const Path from{.link = 2, .endpoint = {.address = *parse_ip_address("192.0.2.1"), .port = 9}};
    const auto first = log.count(Refusal::garbage, from, std::chrono::seconds(1));
    ASSERT_TRUE(first);
    EXPECT_THAT(*first, HasSubstr("192.0.2.1"));
    for (int time = 0; time < 100000; ++time) {
        ASSERT_FALSE(log.count(Refusal::garbage, from, std::chrono::seconds(2)));
    }
    EXPECT_TRUE(log.count(Refusal::other_key, from, std::chrono::seconds(2)));
    const auto later = log.count(Refusal::garbage, from, std::chrono::seconds(61));
    ASSERT_TRUE(later);
    EXPECT_THAT(*later, HasSubstr("100001 datagrams"));
}

TEST(FormerRun, SaysGoodbyeForOneThatCouldNot) {
    const TemporaryFolder folder;
    const FormerRun former_run(folder.path());
    EXPECT_THAT(former_run.goodbye(), IsEmpty());
    const Identity identity = {1, 2, 3, 0xFF};
    former_run.remember(identity);
    ASSERT_THAT(former_run.goodbye(), SizeIs(1));
    EXPECT_EQ(former_run.goodbye().front().subject, identity);
    EXPECT_EQ(former_run.goodbye().front().condition, Condition::left);
    former_run.forget();
    EXPECT_THAT(former_run.goodbye(), IsEmpty());
}

TEST(FormerRun, TakesNoNonsense) {
    for (const std::string& line : {std::string(), std::string("\n"), std::string(32, 'a'), std::string(32, 'g') + '\n',
                                    std::string(31, 'a') + '\n', std::string(33, 'a') + '\n'}) {
        EXPECT_FALSE(parse_identity_line(line)) << line;
    }
}

class OverlayPeers : public ::testing::Test {
protected:
    OverlayPeers() {
        ClusterKey key{};
        key.front() = 1;
        const ClusterSecret secret = key;
        keys = std::make_unique<KeyRing>(std::span(&secret, 1), "lab");
    }

    [[nodiscard]] MemberView member(NodeId id) const {
        return with_record(sample_member(id, "pc"), [&](NodeRecord& record) {
            record.keys = keys->ids();
            record.wireguard_port = 777;
        });
    }

    std::vector<WireguardPeer> peers_of(const ClusterView& view) {
        return overlay_peers(view, *keys, without_common_key);
    }

    std::unique_ptr<KeyRing> keys;
    std::vector<std::string> without_common_key;
};

TEST_F(OverlayPeers, AreTheMembersOfTheMap) {
    MemberView stranger = member(3);
    stranger.in_map = false;
    const auto peers = peers_of({sample_member(1, "self", true), member(2), stranger});
    ASSERT_THAT(peers, SizeIs(1));
    EXPECT_EQ(peers.front().address, overlay_address(2));
    EXPECT_EQ(peers.front().endpoint->endpoint.port, 777);
    EXPECT_EQ(peers.front().endpoint->link, 2U);
    EXPECT_EQ(peers.front().preshared_key, keys->sealing().wireguard_preshared);
}

TEST_F(OverlayPeers, LeaveOutWhoSharesNoKeyOrHasNoWireguard) {
    const MemberView other_key = with_record(member(2), [](NodeRecord& record) { record.keys = {12345}; });
    const MemberView plain = with_record(member(3), [](NodeRecord& record) { record.plain = true; });
    EXPECT_THAT(peers_of({sample_member(1, "self", true), other_key, plain}), IsEmpty());
    EXPECT_THAT(without_common_key, SizeIs(1));
}

}  // namespace
}  // namespace clusterdisc
