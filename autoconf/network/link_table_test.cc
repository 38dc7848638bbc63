// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/link_table.h"

#include <gmock/gmock.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>

#include "network/netlink.h"

namespace clusterdisc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr unsigned working = IFF_UP | IFF_RUNNING;

struct Card {
    int index = 0;
    std::string name;
    unsigned flags = working;
    std::string kind = {};
    std::uint32_t master = 0;
    HardwareAddress address{};
    HardwareAddress permanent{};
};

void enter(LinkTable& table, const Card& card) {
    ifinfomsg header{};
    header.ifi_index = card.index;
    header.ifi_flags = card.flags;
    header.ifi_type = ARPHRD_ETHER;
    NetlinkRequest message(RTM_NEWLINK, 0, header);
    message.put_text(IFLA_IFNAME, card.name);
    message.put(IFLA_ADDRESS, card.address.data(), card.address.size());
    message.put(IFLA_PERM_ADDRESS, card.permanent.data(), card.permanent.size());
    if (card.master != 0) {
        message.put_u32(IFLA_MASTER, card.master);
    }
    if (!card.kind.empty()) {
        message.put_nested(IFLA_LINKINFO, [&] { message.put_text(IFLA_INFO_KIND, card.kind); });
    }
    table.apply(*message.message());
}

void enter_address(LinkTable& table, std::uint32_t index, std::string_view text, std::uint32_t flags = 0) {
    const IpAddress address = parse_ip_address(text).value();
    ifaddrmsg header{};
    header.ifa_family = address.is_ipv6 ? AF_INET6 : AF_INET;
    header.ifa_prefixlen = 24;
    header.ifa_index = index;
    NetlinkRequest message(RTM_NEWADDR, 0, header);
    message.put(IFA_ADDRESS, address.bytes.data(), address.is_ipv6 ? 16 : 4);
    message.put_u32(IFA_FLAGS, flags);
    table.apply(*message.message());
}

bool no_wireless(const std::string&) {
    return false;
}

std::vector<std::string> names(const std::vector<Link>& links) {
    std::vector<std::string> result;
    for (const Link& link : links) {
        result.push_back(link.name);
    }
    return result;
}

LinkTable typical_table() {
    LinkTable table;
    enter(table, {.index = 1, .name = "lo", .flags = working | IFF_LOOPBACK});
    enter(table, {.index = 2, .name = "eth0"});
    enter(table, {.index = 3, .name = "eth1", .flags = IFF_UP});
    enter(table, {.index = 4, .name = "wlan0"});
    enter(table, {.index = 5, .name = "br0", .kind = "bridge"});
    enter(table, {.index = 6, .name = "eth2", .master = 5});
    enter(table, {.index = 7, .name = "om0", .kind = "wireguard"});
    enter(table, {.index = 8, .name = "veth0", .kind = "veth"});
    return table;
}

TEST(LinkTable, SelectsWiredCardsThatWork) {
    const auto is_wireless = [](const std::string& name) { return name == "wlan0"; };
    EXPECT_THAT(names(select_links(typical_table(), {{}, "om0"}, is_wireless)), ElementsAre("eth0"));
}

TEST(LinkTable, SelectsExactlyWhatIsNamed) {
    const auto is_wireless = [](const std::string& name) { return name == "wlan0"; };
    EXPECT_THAT(names(select_links(typical_table(), {{"veth*", "wlan0", "eth[12]", "om*", "lo"}, "om0"}, is_wireless)),
                ElementsAre("wlan0", "eth2", "veth0"));
}

TEST(LinkTable, HasTheAddressesThatCanBeUsed) {
    LinkTable table = typical_table();
    enter_address(table, 2, "192.0.2.1");
    enter_address(table, 2, "fe80::1");
    enter_address(table, 2, "fe80::2", IFA_F_TENTATIVE);
    enter_address(table, 2, "fe80::3", IFA_F_DADFAILED | IFA_F_PERMANENT);
    enter_address(table, 2, "fe80::4", IFA_F_TENTATIVE | IFA_F_OPTIMISTIC);
    const auto links = select_links(table, {{"eth0"}, "om0"}, no_wireless);
    ASSERT_EQ(links.size(), 1U);
    EXPECT_THAT(links.front().addresses, ElementsAre(LinkPrefix{parse_ip_address("192.0.2.1").value(), 24},
                                                     LinkPrefix{parse_ip_address("fe80::1").value(), 24},
                                                     LinkPrefix{parse_ip_address("fe80::4").value(), 24}));
}

TEST(LinkTable, TakesShortMessagesForNothing) {
    LinkTable table;
    nlmsghdr message{};
    message.nlmsg_type = RTM_NEWLINK;
    message.nlmsg_len = sizeof message;
    table.apply(message);
    message.nlmsg_type = RTM_NEWADDR;
    table.apply(message);
    EXPECT_THAT(table.interfaces(), IsEmpty());
}

TEST(LinkTable, LowestHardwareAddressIsThePermanentOne) {
    LinkTable table;
    enter(table, {.index = 2, .name = "eth0", .address = {2, 0, 0, 0, 0, 1}});
    EXPECT_EQ(lowest_hardware_address(table, {}, no_wireless), (HardwareAddress{2, 0, 0, 0, 0, 1}));
    enter(table, {.index = 3, .name = "eth1", .address = {4, 0, 0, 0, 0, 1}});
    EXPECT_EQ(lowest_hardware_address(table, {}, no_wireless), (HardwareAddress{4, 0, 0, 0, 0, 1}));
    enter(table, {.index = 4, .name = "eth2", .flags = 0, .master = 9, .permanent = {8, 0, 0, 0, 0, 1}});
    EXPECT_EQ(lowest_hardware_address(table, {}, no_wireless), (HardwareAddress{8, 0, 0, 0, 0, 1}));
    EXPECT_FALSE(lowest_hardware_address({}, {}, no_wireless));
}

TEST(LinkTable, RefusesUuidsThatManyPcsHave) {
    EXPECT_EQ(sane_product_uuid("4c4c4544-0042-3510-8052-b4c04f4d3332\n"), "4C4C4544-0042-3510-8052-B4C04F4D3332");
    for (const char* const text : {"", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
                                   "03000200-0400-0500-0006-000700080009", "4c4c4544-0042-3510-8052-b4c04f4d333",
                                   "4c4c454400042-3510-8052-b4c04f4d3332x"}) {
        EXPECT_FALSE(sane_product_uuid(text)) << text;
    }
}

TEST(LinkTable, HashOfTheHardware) {
    EXPECT_EQ(hash_hardware({}, {}), 0U);
    const HardwareAddress address{2, 0, 0, 0, 0, 1};
    EXPECT_NE(hash_hardware(address, {}), hash_hardware(address, "x"));
    EXPECT_NE(hash_hardware({}, "x"), 0U);
    EXPECT_EQ(hash_hardware(address, "x"), hash_hardware(address, "x"));
}

}  // namespace
}  // namespace clusterdisc
