// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pages that are compressed on their way.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "common/file_descriptor.h"
#include "memory/page_transfer_for_tests.h"

namespace openmosix {
namespace {

constexpr std::uint64_t slow_link = 1'250'000;
constexpr std::uint64_t all_bytes = transferred_pages * page_size;

using PackedPages = PageTransfer;

TEST_F(PackedPages, ArriveAsTheyWereInFewerBytes) {
    EXPECT_LT(transfer({}, nullptr, [] { return slow_link; }), all_bytes / 4);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

TEST_F(PackedPages, AreNoneWhenTheLinkIsNotKnown) {
    EXPECT_GT(transfer({}, nullptr), all_bytes);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

TEST_F(PackedPages, AreNoneOnALinkThatIsFasterThanTheProcessor) {
    constexpr std::uint64_t memory_bus = 100'000'000'000;
    // The first message is an attempt.
    EXPECT_GT(transfer({}, nullptr, [] { return memory_bus; }), all_bytes - max_pages_of_message * page_size);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

class RandomPages : public PageTransfer {
protected:
    void fill(std::span<std::uint8_t> memory) override {
        std::minstd_rand random(std::random_device{}());
        std::ranges::generate(memory, [&] { return static_cast<std::uint8_t>(random()); });
    }
};

TEST_F(RandomPages, GoAsTheyAre) {
    EXPECT_LT(transfer({}, nullptr, [] { return slow_link; }), all_bytes + all_bytes / 64);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

class PackedMessage : public testing::Test {
protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        ours_ = clusterdisc::FileDescriptor(ends[0]);
        peers_ = clusterdisc::FileDescriptor(ends[1]);
    }
    /// A message of two pages of one value, with so many bytes of it.
    void send(std::uint32_t pages, std::size_t size) const {
        PageCompressor compressor([] { return slow_link; });
        const std::vector<std::uint8_t> content(2 * page_size, 5);
        const auto packed = compressor.pack(content);
        std::vector<std::uint8_t> payload(packed.begin(), packed.end());
        payload.resize(size == 0 ? payload.size() : size, 0xFF);
        const PageHeader header{PageHeader::Kind::packed, packed_pages(pages, payload.size()), 0x10000};
        ASSERT_EQ(::send(peers_.number(), &header, sizeof header, 0), static_cast<ssize_t>(sizeof header));
        ASSERT_EQ(::send(peers_.number(), payload.data(), payload.size(), 0), static_cast<ssize_t>(payload.size()));
    }

    clusterdisc::FileDescriptor ours_;
    clusterdisc::FileDescriptor peers_;
    PageReader reader_;
};

TEST_F(PackedMessage, IsHandedOnAsData) {
    send(2, 0);
    unsigned handled = 0;
    EXPECT_TRUE(reader_.read(ours_.number(), [&](const PageHeader& header, std::span<const std::uint8_t> pages) {
        ++handled;
        EXPECT_EQ(header.kind, PageHeader::Kind::data);
        EXPECT_EQ(header.pages, 2U);
        EXPECT_EQ(header.address, 0x10000U);
        EXPECT_EQ(pages.size(), 2 * page_size);
        EXPECT_TRUE(std::ranges::all_of(pages, [](std::uint8_t byte) { return byte == 5; }));
    }));
    EXPECT_EQ(handled, 1U);
}

TEST_F(PackedMessage, OfFewerOrMorePagesThanItSaysIsRefused) {
    for (const std::uint32_t pages : {1U, 3U}) {
        send(pages, 0);
        PageReader reader;
        EXPECT_THROW(reader.read(ours_.number(), [](const PageHeader&, auto) { FAIL(); }), std::runtime_error) << pages;
    }
}

TEST_F(PackedMessage, WithOtherBytesIsRefused) {
    send(2, 1000);
    EXPECT_THROW(reader_.read(ours_.number(), [](const PageHeader&, auto) { FAIL(); }), std::runtime_error);
}

TEST(PackedHeader, IsValidWithinItsBounds) {
    const auto header = [](std::uint32_t pages, std::size_t size) {
        return PageHeader{PageHeader::Kind::packed, packed_pages(pages, size), 0x10000};
    };
    EXPECT_TRUE(is_valid(header(1, 1)));
    EXPECT_TRUE(is_valid(header(max_pages_of_message, max_pages_of_message * page_size - 1)));
    EXPECT_FALSE(is_valid(header(0, 1)));
    EXPECT_FALSE(is_valid(header(max_pages_of_message + 1, 1)));
    EXPECT_FALSE(is_valid(header(1, 0)));
    EXPECT_FALSE(is_valid(header(1, page_size)));
}

}  // namespace
}  // namespace openmosix
