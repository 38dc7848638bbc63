// SPDX-License-Identifier: GPL-2.0-or-later
#include "network_start.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "network_interfaces.h"

namespace clusterdisc::network_start_test {
namespace {

constexpr std::string_view complete =
    "console=tty0 quiet clusterdisc.serve=10.78.4.1 ip=10.78.4.17:10.78.4.1:10.78.4.1:255.255.255.0 "
    "BOOTIF=01-52-54-00-AB-cd-0f\n";

std::string text_of(in_addr address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    return ::inet_ntop(AF_INET, &address, text.data(), text.size());
}

TEST(NetworkStartTest, IsWhatTheBootLoaderHasSaid) {
    const auto start = parse_network_start(complete);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->server, "10.78.4.1");
    EXPECT_EQ(start->mac, "52:54:00:AB:cd:0f");
    EXPECT_EQ(text_of(start->address), "10.78.4.17");
    EXPECT_EQ(text_of(start->netmask), "255.255.255.0");
}

TEST(NetworkStartTest, IsNoneOfADroneFromAMedium) {
    for (const char* line : {"", "\n", "console=tty0 cluster=lab ip=dhcp", "clusterdisc.serve="}) {
        EXPECT_EQ(parse_network_start(line), std::nullopt) << line;
    }
}

TEST(NetworkStartTest, IsRefusedWhenSomethingIsMissing) {
    const std::string server = "clusterdisc.serve=10.78.4.1 ";
    const std::string card = "BOOTIF=01-52-54-00-ab-cd-0f ";
    for (const std::string& line :
         {server, server + card, server + card + "ip=", server + card + "ip=10.78.4.17:10.78.4.1:10.78.4.1",
          server + card + "ip=:::", server + card + "ip=10.78.4.17:::255.255.255",
          server + "BOOTIF=01 ip=1.2.3.4:::0.0.0.0",
          "clusterdisc.serve=server " + card + "ip=10.78.4.17:::255.255.255.0"}) {
        EXPECT_THROW(parse_network_start(line), std::runtime_error) << line;
    }
}

TEST(NetworkStartTest, ACardIsFoundByItsAddress) {
    const std::filesystem::path sys = std::filesystem::path(testing::TempDir()) / "network-start-sys";
    for (const char* card : {"lo", "eth0", "eth1"}) {
        std::filesystem::create_directories(sys / "class/net" / card);
    }
    std::ofstream(sys / "class/net/eth1/address") << "52:54:00:ab:cd:0f\n";
    std::ofstream(sys / "class/net/lo/address") << "00:00:00:00:00:00\n";
    EXPECT_EQ(find_card(sys, "52:54:00:AB:CD:0F"), "eth1");
    EXPECT_EQ(find_card(sys, "52:54:00:ab:cd:10"), "");
    EXPECT_EQ(find_card(sys / "nothing", "52:54:00:ab:cd:0f"), "");
    std::filesystem::remove_all(sys);
}

}  // namespace
}  // namespace clusterdisc::network_start_test
