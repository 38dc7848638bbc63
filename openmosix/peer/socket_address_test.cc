// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/socket_address.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

clusterdisc::Endpoint endpoint_of(std::string_view address, std::uint16_t port) {
    return {.address = clusterdisc::parse_ip_address(address).value(), .port = port};
}

TEST(SocketAddresses, AreEndpoints) {
    for (const auto& each : {endpoint_of("192.0.2.1", 723), endpoint_of("2001:db8::1", 65535)}) {
        SocketAddress address = to_socket_address(each);
        EXPECT_EQ(to_endpoint(address), each);
        address.set_port(1);
        EXPECT_EQ(to_endpoint(address), (clusterdisc::Endpoint{.address = each.address, .port = 1}));
    }
}

TEST(SocketAddresses, AreTheSameWhenTheyAreMapped) {
    EXPECT_EQ(to_endpoint(to_socket_address(endpoint_of("::ffff:192.0.2.1", 723))), endpoint_of("192.0.2.1", 723));
}

}  // namespace
}  // namespace openmosix
