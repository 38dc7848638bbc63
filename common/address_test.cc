// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/address.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

TEST(IpAddress, IsReadAndWrittenAlike) {
    for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "fe80::1", "2001:db8::ff:1", "ff02::1"}) {
        const auto address = parse_ip_address(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(to_text(*address), text);
    }
    EXPECT_FALSE(parse_ip_address("192.0.2.1")->is_ipv6);
    EXPECT_TRUE(parse_ip_address("::")->is_ipv6);
}

TEST(IpAddress, IsNotReadFromOtherText) {
    for (const char* text : {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "fe80::1%eth0", "[::1]", "node",
                             ":::", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
        EXPECT_FALSE(parse_ip_address(text)) << text;
    }
    EXPECT_FALSE(parse_ip_address(std::string_view("::1\0x", 5)));
}

TEST(IpAddress, IsLinkLocalIn169Dot254AndInFe80Slash10) {
    for (const char* text : {"169.254.0.1", "169.254.255.255", "fe80::1", "febf::1"}) {
        EXPECT_TRUE(parse_ip_address(text)->is_link_local()) << text;
    }
    for (const char* text : {"169.253.0.1", "192.168.0.1", "fec0::1", "2001:db8::1", "::1"}) {
        EXPECT_FALSE(parse_ip_address(text)->is_link_local()) << text;
    }
}

TEST(IpAddress, IsCountedUpToTheLastOne) {
    const auto after = [](const char* text, std::uint32_t count) {
        const auto address = counted_up(*parse_ip_address(text), count);
        return address ? to_text(*address) : "none";
    };
    EXPECT_EQ(after("10.0.0.254", 0), "10.0.0.254");
    EXPECT_EQ(after("10.0.255.254", 3), "10.1.0.1");
    EXPECT_EQ(after("0.0.0.0", 0xFFFFFFFF), "255.255.255.255");
    EXPECT_EQ(after("0.0.0.1", 0xFFFFFFFF), "none");
    EXPECT_EQ(after("255.255.255.255", 1), "none");
    EXPECT_EQ(after("2001:db8::ffff", 1), "2001:db8::1:0");
    EXPECT_EQ(after("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1), "none");
}

TEST(PathText, ShowsTheLinkOnlyWhereTheAddressNeedsIt) {
    EXPECT_EQ(to_text(Path{3, {*parse_ip_address("192.0.2.1"), 5428}}), "192.0.2.1:5428");
    EXPECT_EQ(to_text(Path{3, {*parse_ip_address("fe80::1"), 5428}}), "[fe80::1%3]:5428");
    EXPECT_EQ(to_text(Path{0, {*parse_ip_address("fe80::1"), 5428}}), "[fe80::1]:5428");
    EXPECT_EQ(to_text(Path{3, {*parse_ip_address("2001:db8::1"), 1}}), "[2001:db8::1]:1");
}

}  // namespace
}  // namespace clusterdisc
