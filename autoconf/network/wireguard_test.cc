// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <sodium.h>

#include <vector>

#include "network/wireguard_interface.h"
#include "network/wireguard_peers.h"

namespace clusterdisc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = WireguardChange::Kind;

WireguardPeer peer(std::uint16_t number, std::string_view endpoint = "192.0.2.1") {
    WireguardPeer result;
    result.public_key[0] = static_cast<std::uint8_t>(number >> 8U);
    result.public_key[31] = static_cast<std::uint8_t>(number & 0xffU);
    result.preshared_key.fill(9);
    result.endpoint = Path{3, {parse_ip_address(endpoint).value(), 51820}};
    result.address = overlay_address(number);
    return result;
}

WireguardPeers peers(std::vector<WireguardPeer> list) {
    return index_peers(list);
}

TEST(WireguardPeers, OneOfEachKeyAndAddress) {
    WireguardPeer thief = peer(2);
    thief.address = peer(1).address;
    WireguardPeer moved = peer(1);
    moved.endpoint.reset();
    EXPECT_EQ(peers({peer(1), thief, moved}), (WireguardPeers{{moved.public_key, moved}}));
}

TEST(WireguardPeers, DifferenceNamesOnlyWhatChanged) {
    EXPECT_THAT(difference(peers({peer(1)}), peers({peer(1)})), IsEmpty());

    WireguardPeer moved = peer(2);
    moved.endpoint = Path{0, {parse_ip_address("2001:db8::7").value(), 1}};
    WireguardPeer silent = peer(3);
    silent.endpoint.reset();
    EXPECT_THAT(difference(peers({peer(2), peer(3), peer(4)}), peers({peer(1), moved, silent})),
                ElementsAre(WireguardChange{Kind::remove, peer(4).public_key, {}, {}, {}},
                            WireguardChange{Kind::add, peer(1).public_key, peer(1).preshared_key, peer(1).endpoint,
                                            peer(1).address},
                            WireguardChange{Kind::update, moved.public_key, {}, moved.endpoint, {}}));
}

TEST(WireguardPeers, RequestsSayTheChangesAndFitTheirBuffers) {
    std::vector<WireguardPeer> many;
    for (std::uint16_t number = 1; number <= 300; ++number) {
        many.push_back(peer(number, "fe80::1"));
    }
    std::vector<WireguardChange> changes = difference({}, peers(many));
    changes.push_back({Kind::remove, peer(7).public_key, {}, {}, {}});
    changes.push_back({Kind::update, peer(8).public_key, peer(9).preshared_key, {}, peer(1000).address});
    auto requests = encode_wireguard_changes(0x1d, 12, changes);
    EXPECT_GT(requests.size(), 1U);
    std::vector<WireguardChange> found;
    for (NetlinkRequest& request : requests) {
        EXPECT_EQ(request.message()->nlmsg_type, 0x1d);
        const auto header = family_header<genlmsghdr>(*request.message());
        EXPECT_EQ(header->cmd, WG_CMD_SET_DEVICE);
        for (const WireguardChange& change : decode_wireguard_changes(*request.message())) {
            found.push_back(change);
        }
    }
    EXPECT_EQ(found, changes);
}

TEST(WireguardPeers, RequestForThePeersHasTheLayoutOfTheKernelsHeader) {
    auto requests = encode_wireguard_changes(0x1d, 12, difference({}, peers({peer(258, "fe80::1")})));
    ASSERT_EQ(requests.size(), 1U);
    // Header 16 + 4, interface 8, then the list: 4 + peer 4 + key 36 + flags 8 + key 36 + endpoint 32 + addresses
    // (4 + entry 4 + family 8 + address 8 + length 8).
    EXPECT_EQ(requests.front().bytes().size(), 16U + 4 + 8 + 4 + 4 + 36 + 8 + 36 + 32 + 4 + 4 + 8 + 8 + 8);
}

TEST(WireguardPeers, DeviceRequestReplacesAllPeers) {
    NetlinkRequest request = encode_wireguard_device(0x1d, 12, WireguardKey{1}, 51820);
    std::map<int, std::vector<std::uint8_t>> attributes;
    for_each_attribute(*request.message(), sizeof(genlmsghdr), [&](const nlattr& attribute) {
        const auto* start = static_cast<const std::uint8_t*>(mnl_attr_get_payload(&attribute));
        attributes[mnl_attr_get_type(&attribute)] = {start, start + mnl_attr_get_payload_len(&attribute)};
    });
    EXPECT_EQ(attributes.size(), 4U);
    EXPECT_THAT(attributes[WGDEVICE_A_IFINDEX], ElementsAre(12, 0, 0, 0));
    EXPECT_THAT(attributes[WGDEVICE_A_FLAGS], ElementsAre(1, 0, 0, 0));
    EXPECT_EQ(attributes[WGDEVICE_A_PRIVATE_KEY].size(), 32U);
    EXPECT_THAT(attributes[WGDEVICE_A_LISTEN_PORT], ElementsAre(51820 & 0xff, 51820 >> 8));
}

TEST(WireguardKeys, AreClampedAndBelongTogether) {
    const WireguardKeys keys = generate_wireguard_keys();
    EXPECT_EQ(keys.private_key.front() & 7U, 0U);
    EXPECT_EQ(keys.private_key.back() & 0xc0U, 0x40U);
    PublicKey expected{};
    ASSERT_EQ(::crypto_scalarmult_base(expected.data(), keys.private_key.data()), 0);
    EXPECT_EQ(keys.public_key, expected);
    EXPECT_NE(generate_wireguard_keys().private_key, keys.private_key);
}

}  // namespace
}  // namespace clusterdisc
