// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/packet.h"

#include <gmock/gmock.h>

#include "network/avahi_discovery.h"

namespace clusterdisc {
namespace {

IpAddress ip(std::string_view text) {
    return parse_ip_address(text).value();
}

TEST(Packet, SocketAddressesKeepTheScopeOfLinkLocalAddressesOnly) {
    for (const Path& path :
         {Path{0, {ip("192.0.2.1"), 5428}}, Path{3, {ip("fe80::1"), 5428}}, Path{0, {ip("2001:db8::1"), 5428}}}) {
        EXPECT_EQ(to_path(to_socket_address(path).storage), path);
    }
    EXPECT_EQ(to_path(to_socket_address({3, {ip("2001:db8::1"), 1}}).storage)->link, 0U);
    EXPECT_FALSE(to_path(sockaddr_storage{}));
}

TEST(Packet, KnowsWhatIsMeantForEverybody) {
    for (const char* const text : {"224.0.0.1", "239.255.77.77", "255.255.255.255", "ff02::1"}) {
        EXPECT_TRUE(is_multicast(ip(text))) << text;
    }
    for (const char* const text : {"223.255.255.255", "240.0.0.1", "fe80::1", "0.0.0.0"}) {
        EXPECT_FALSE(is_multicast(ip(text))) << text;
    }
    EXPECT_TRUE(is_loopback(ip("127.0.0.2")));
    EXPECT_TRUE(is_loopback(ip("::1")));
    EXPECT_FALSE(is_loopback(ip("::2")));
}

TEST(Packet, PathOfWhatAvahiFound) {
    AvahiAddress address{};
    address.proto = AVAHI_PROTO_INET;
    address.data.ipv4.address = htonl(0xc0000201);
    EXPECT_EQ(to_path(address, 4, 99), (Path{4, {ip("192.0.2.1"), 99}}));
    EXPECT_FALSE(to_path(address, AVAHI_IF_UNSPEC, 99));
    address.proto = AVAHI_PROTO_INET6;
    address.data.ipv6 = {{0x20, 0x01, 0x0d, 0xb8}};
    EXPECT_EQ(to_path(address, 4, 99), (Path{0, {ip("2001:db8::"), 99}}));
    address.data.ipv6 = {{0xfe, 0x80}};
    EXPECT_EQ(to_path(address, 4, 99), (Path{4, {ip("fe80::"), 99}}));
}

}  // namespace
}  // namespace clusterdisc
