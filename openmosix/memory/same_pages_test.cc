// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pages that the other side has already.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "memory/held_pages.h"
#include "memory/page_transfer_for_tests.h"

namespace openmosix {
namespace {

constexpr std::uint64_t page_count = transferred_pages;

using SamePages = PageTransfer;

TEST_F(SamePages, AreNotSentAgain) {
    KnownPages known;
    auto held = std::make_shared<HeldPages>(page_count);
    for (std::uint64_t page = 0; page < page_count; ++page) {
        known.add(start() + page * page_size, wanted(page));
        held->add(start() + page * page_size, wanted(page));
    }
    EXPECT_LT(transfer(std::move(known), held), 20 * page_size);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
    EXPECT_EQ(held->size(), 0U) << "what is in place is held no more";
}

TEST_F(SamePages, ThatHaveChangedAreSent) {
    KnownPages known;
    auto held = std::make_shared<HeldPages>(page_count);
    std::vector<std::uint8_t> old(page_size, 7);
    for (std::uint64_t page = 0; page < page_count; ++page) {
        const auto content = page % 3 == 0 ? std::span<const std::uint8_t>(old) : wanted(page);
        known.add(start() + page * page_size, content);
        held->add(start() + page * page_size, content);
    }
    EXPECT_LT(transfer(std::move(known), held), page_count / 2 * page_size);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

TEST_F(SamePages, AreSentWhenTheirHashesCollide) {
    // Of no bits: whatever is there has the hash of what was there.
    KnownPages known(0);
    auto held = std::make_shared<HeldPages>(page_count);
    const std::vector<std::uint8_t> old(page_size, 7);
    for (std::uint64_t page = 0; page < page_count; ++page) {
        known.add(start() + page * page_size, old);
        held->add(start() + page * page_size, page % 50 == 1 ? std::span<const std::uint8_t>(old) : wanted(page));
    }
    transfer(std::move(known), held);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

TEST_F(SamePages, AreSentWhenTheyAreNotThereAnyMore) {
    KnownPages known;
    auto held = std::make_shared<HeldPages>(page_count / 2);
    for (std::uint64_t page = 0; page < page_count; ++page) {
        known.add(start() + page * page_size, wanted(page));
        held->add(start() + page * page_size, wanted(page));
    }
    transfer(std::move(known), held);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

TEST_F(SamePages, AreNoneWhereNothingIsHeld) {
    KnownPages known;
    for (std::uint64_t page = 0; page < page_count; ++page) {
        known.add(start() + page * page_size, wanted(page));
    }
    transfer(std::move(known), nullptr);
    EXPECT_TRUE(std::ranges::equal(memory_, wanted_));
}

}  // namespace
}  // namespace openmosix
