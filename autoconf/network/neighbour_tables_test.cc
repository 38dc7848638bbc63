// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/neighbour_tables.h"

#include <gmock/gmock.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace clusterdisc {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

NetlinkRequest table_message(std::uint8_t family, std::uint64_t fulls) {
    NetlinkRequest message(RTM_NEWNEIGHTBL, 0, ndtmsg{.ndtm_family = family, .ndtm_pad1 = 0, .ndtm_pad2 = 0});
    message.put_u32(NDTA_THRESH3, 1024);
    ndt_stats counters{};
    counters.ndts_table_fulls = fulls;
    message.put(NDTA_STATS, &counters, sizeof counters);
    return message;
}

TEST(NeighbourTables, WarnOnceOfATableThatHasBecomeFull) {
    NeighbourTables tables;
    tables.apply(*table_message(AF_INET, 7).message());
    tables.apply(*table_message(AF_INET6, 0).message());
    EXPECT_THAT(tables.take_warnings(), IsEmpty());
    tables.apply(*table_message(AF_INET, 7).message());
    tables.apply(*table_message(AF_INET6, 1).message());
    EXPECT_THAT(tables.take_warnings(), ElementsAre(AllOf(HasSubstr("IPv6 neighbours is full (1024 entries)"),
                                                          HasSubstr("net.ipv6.neigh.default.gc_thresh3"))));
    tables.apply(*table_message(AF_INET6, 9).message());
    EXPECT_THAT(tables.take_warnings(), IsEmpty());
    tables.apply(*table_message(AF_INET, 8).message());
    EXPECT_THAT(tables.take_warnings(), ElementsAre(HasSubstr("IPv4")));
}

TEST(NeighbourTables, IgnoreWhatSaysNothingOfThem) {
    NeighbourTables tables;
    NetlinkRequest of_interface(RTM_NEWNEIGHTBL, 0, ndtmsg{.ndtm_family = AF_INET, .ndtm_pad1 = 0, .ndtm_pad2 = 0});
    tables.apply(*of_interface.message());
    NetlinkRequest too_short(RTM_NEWNEIGHTBL, 0, std::uint8_t{AF_INET});
    tables.apply(*too_short.message());
    NetlinkRequest old_kernel(RTM_NEWNEIGHTBL, 0, ndtmsg{.ndtm_family = AF_INET, .ndtm_pad1 = 0, .ndtm_pad2 = 0});
    old_kernel.put_u32(NDTA_STATS, 5);
    tables.apply(*old_kernel.message());
    tables.apply(*table_message(AF_BRIDGE, 0).message());
    tables.apply(*table_message(AF_BRIDGE, 1).message());
    EXPECT_THAT(tables.take_warnings(), IsEmpty());
}

TEST(NeighbourTables, ReadTheKernelsCounters) {
    NeighbourTables tables;
    NetlinkSocket socket(NETLINK_ROUTE);
    NetlinkRequest request(RTM_GETNEIGHTBL, 0, ndtmsg{});
    int counted = 0;
    EXPECT_TRUE(socket.dump(request, "cannot read the tables of neighbours", [&](const nlmsghdr& message) {
        tables.apply(message);
        for_each_attribute(message, sizeof(ndtmsg), [&](const nlattr& attribute) {
            counted += mnl_attr_get_type(&attribute) == NDTA_STATS && attribute_value<ndt_stats>(attribute) ? 1 : 0;
        });
    }));
    EXPECT_GE(counted, 1);
}

}  // namespace
}  // namespace clusterdisc
