// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/peer_address.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

TEST(PeerAddress, IsReadInAllItsForms) {
    struct Case {
        const char* text;
        const char* host;
        bool is_address;
        const char* interface;
        std::uint16_t port;
    };
    for (const Case& one : std::vector<Case>{{"192.0.2.1", "192.0.2.1", true, "", 0},
                                             {"192.0.2.1:5428", "192.0.2.1", true, "", 5428},
                                             {"2001:db8::1", "2001:db8::1", true, "", 0},
                                             {"[2001:db8::1]:7", "2001:db8::1", true, "", 7},
                                             {"[2001:db8::1]", "2001:db8::1", true, "", 0},
                                             {"fe80::1%eth0", "fe80::1%eth0", true, "eth0", 0},
                                             {"[fe80::1%eth0]:7", "fe80::1%eth0", true, "eth0", 7},
                                             {"host.name", "host.name", false, "", 0},
                                             {"host.name:7", "host.name", false, "", 7}}) {
        const auto peer = parse_peer_address(one.text);
        ASSERT_TRUE(peer) << one.text;
        EXPECT_EQ(peer->host, one.host);
        EXPECT_EQ(peer->address.has_value(), one.is_address) << one.text;
        EXPECT_EQ(peer->interface, one.interface);
        EXPECT_EQ(peer->port, one.port);
    }
}

TEST(PeerAddress, RefusesWhatNobodyCouldReach) {
    for (const char* const text : {"", "a b", "192.0.2", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:x", "fe80::1",
                                   "192.0.2.1%eth0", "[2001:db8::1", "[2001:db8::1]x", ":7", "fe80::1%", "a/b"}) {
        EXPECT_FALSE(parse_peer_address(text)) << text;
    }
}

}  // namespace
}  // namespace clusterdisc
