// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/reserved_ports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openmosix {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::Ge;
using testing::Le;
using testing::Not;
using testing::UnorderedElementsAreArray;

TEST(PeerPorts, AreRootsAndNobodyElses) {
    const auto ports = peer_ports(0);
    EXPECT_THAT(ports, Each(AllOf(Ge(first_peer_port), Le(last_peer_port))));
    for (const std::uint16_t port : ports) {
        EXPECT_TRUE(is_reserved(port));
    }
    for (const std::uint16_t port : other_services) {
        EXPECT_THAT(ports, Not(Contains(port)));
    }
    EXPECT_EQ(ports.size() + other_services.size(), last_peer_port - first_peer_port + 1U);
}

TEST(PeerPorts, AreAllTriedFromAnyOne) {
    const auto ports = peer_ports(0);
    for (const std::uint32_t start : {1U, 17U, 0xFFFFFFFFU}) {
        EXPECT_THAT(peer_ports(start), UnorderedElementsAreArray(ports));
        EXPECT_EQ(peer_ports(start).front(), ports.at(start % ports.size()));
    }
}

TEST(PeerPorts, AreReservedBelow1024) {
    EXPECT_FALSE(is_reserved(0));
    EXPECT_TRUE(is_reserved(1));
    EXPECT_TRUE(is_reserved(1023));
    EXPECT_FALSE(is_reserved(1024));
    EXPECT_TRUE(is_reserved(default_port));
}

}  // namespace
}  // namespace openmosix
