// SPDX-License-Identifier: GPL-2.0-or-later
#include "network_links.h"

#include <gmock/gmock.h>

namespace clusterdisc {
namespace {

using testing::ElementsAre;
using testing::Field;

NetworkLink link(std::string name, bool is_wired_card, std::vector<LinkAddress> addresses = {}) {
    return {std::move(name), is_wired_card, true, std::move(addresses)};
}

TEST(LinksOfInterest, AreTheWiredCards) {
    EXPECT_THAT(links_of_interest({link("eth0", true), link("br0", false), link("eth1", true)}),
                ElementsAre(Field(&NetworkLink::name, "eth0"), Field(&NetworkLink::name, "eth1")));
}

TEST(LinksOfInterest, AreAllLinksWhenNoneIsAWiredCard) {
    EXPECT_EQ(links_of_interest({link("host0", false), link("veth1", false)}).size(), 2U);
}

TEST(ReachableAddress, IsAnyButAnIpv6LinkLocalOne) {
    EXPECT_FALSE(has_reachable_address({}));
    EXPECT_FALSE(has_reachable_address({link("a", true)}));
    EXPECT_FALSE(has_reachable_address({link("a", true, {{"fe80::1", 64, true, true}})}));
    EXPECT_TRUE(has_reachable_address({link("a", true), link("b", true, {{"fd00::1", 64, true, false}})}));
    EXPECT_TRUE(has_reachable_address({link("a", true, {{"169.254.3.4", 16, false, true}})}));
}

TEST(NetworkLinks, OfThisMachineDoNotIncludeTheLoopback) {
    for (const NetworkLink& one : read_network_links()) {
        EXPECT_NE(one.name, "lo");
        EXPECT_FALSE(one.name.empty());
    }
}

}  // namespace
}  // namespace clusterdisc
