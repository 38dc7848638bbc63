// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/path_table.h"

#include <gtest/gtest.h>

#include <string_view>

namespace clusterdisc {
namespace {

using std::chrono::microseconds;

Path path_to(std::string_view address, std::uint32_t link = 2) {
    return {.link = link, .endpoint = {.address = *parse_ip_address(address), .port = 5428}};
}

Link link_with(std::uint32_t index, std::string_view address, std::uint8_t length) {
    return {.index = index, .name = "eth", .addresses = {{.address = *parse_ip_address(address), .length = length}}};
}

TEST(PathTable, UsesNoPathBeforeItWorked) {
    PathTable paths;
    paths.add(path_to("192.0.2.1"));
    EXPECT_FALSE(paths.best());
    paths.answered(path_to("192.0.2.1"), Instant(1), microseconds(100));
    EXPECT_EQ(paths.best(), path_to("192.0.2.1"));
}

TEST(PathTable, StaysOnItsPathUntilThatFails) {
    PathTable paths;
    paths.answered(path_to("192.0.2.1"), Instant(1), microseconds(900));
    paths.answered(path_to("192.0.2.2"), Instant(1), microseconds(10));
    EXPECT_EQ(paths.best(), path_to("192.0.2.1"));
    for (int miss = 0; miss < PathTable::max_misses; ++miss) {
        paths.missed(path_to("192.0.2.1"));
    }
    EXPECT_EQ(paths.best(), path_to("192.0.2.2"));
}

TEST(PathTable, AnAnswerForgivesEarlierMisses) {
    PathTable paths;
    paths.answered(path_to("192.0.2.1"), Instant(1), microseconds(900));
    paths.missed(path_to("192.0.2.1"));
    paths.missed(path_to("192.0.2.1"));
    paths.answered(path_to("192.0.2.1"), Instant(2), microseconds(900));
    paths.missed(path_to("192.0.2.1"));
    EXPECT_TRUE(paths.best());
}

TEST(PathTable, LeavesALinkThatIsGone) {
    PathTable paths;
    paths.answered(path_to("192.0.2.1", 2), Instant(1), microseconds(10));
    paths.answered(path_to("192.0.2.1", 3), Instant(1), microseconds(20));
    const std::vector<Link> left = {link_with(3, "192.0.2.9", 24)};
    paths.keep_links(left);
    EXPECT_EQ(paths.best(), path_to("192.0.2.1", 3));
}

TEST(PathTable, LooksForAddressesWhereTheyCanBe) {
    PathTable paths;
    const std::vector<Link> links = {link_with(2, "192.0.2.9", 24), link_with(3, "198.51.100.9", 25)};
    const std::vector<Endpoint> endpoints = {path_to("192.0.2.1").endpoint, path_to("fe80::1").endpoint,
                                             path_to("203.0.113.1").endpoint, path_to("198.51.100.200").endpoint};
    paths.add_endpoints(endpoints, links);
    std::vector<Path> found;
    for (const PathTable::Entry& entry : paths.entries()) {
        found.push_back(entry.path);
    }
    EXPECT_EQ(found, (std::vector<Path>{path_to("192.0.2.1", 2), path_to("fe80::1", 2), path_to("fe80::1", 3),
                                        path_to("203.0.113.1", 0), path_to("198.51.100.200", 0)}));
}

TEST(PathTable, IsBounded) {
    PathTable paths;
    paths.answered(path_to("192.0.2.1"), Instant(1), microseconds(10));
    for (int number = 0; number < 100; ++number) {
        paths.add(path_to("198.51.100." + std::to_string(number)));
    }
    EXPECT_EQ(paths.entries().size(), PathTable::max_paths);
    EXPECT_EQ(paths.best(), path_to("192.0.2.1"));
}

TEST(PathTable, AKernelThatSaysThatNobodyListensIsNoSignOfLife) {
    PathTable paths;
    paths.add(path_to("192.0.2.1"));
    paths.kernel_answered(path_to("192.0.2.1"), Instant(5));
    EXPECT_TRUE(paths.has_kernel_answer(Instant(5)));
    EXPECT_FALSE(paths.has_kernel_answer(Instant(6)));
    paths.refused(path_to("192.0.2.1"), Instant(5));
    EXPECT_FALSE(paths.has_kernel_answer(Instant(5)));
}

}  // namespace
}  // namespace clusterdisc
