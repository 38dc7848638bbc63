// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/known_pages.h"

#include <gtest/gtest.h>

#include <array>

#include "memory/advance_copy.h"
#include "memory/held_pages.h"

namespace openmosix {
namespace {

using Page = std::array<std::uint8_t, page_size>;

Page page_of(std::uint8_t byte) {
    Page page{};
    page.fill(byte);
    return page;
}

TEST(KnownPages, KnowsAPageUntilItChanges) {
    KnownPages known;
    const Page page = page_of(1);
    EXPECT_FALSE(known.find(page_size, page));
    known.add(page_size, page);
    EXPECT_TRUE(known.find(page_size, page));
    EXPECT_FALSE(known.find(2 * page_size, page)) << "the same content elsewhere";
    for (std::size_t bit = 0; bit < 8 * page_size; bit += 1001) {
        Page changed = page;
        changed.at(bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
        EXPECT_FALSE(known.find(page_size, changed)) << "bit " << bit;
    }
}

TEST(KnownPages, ForgetsRanges) {
    KnownPages known;
    for (std::uint64_t i = 0; i < 4; ++i) {
        known.add(i * page_size, page_of(1));
    }
    known.forget({page_size, 3 * page_size});
    EXPECT_TRUE(known.find(0, page_of(1)));
    EXPECT_FALSE(known.find(page_size, page_of(1)));
    EXPECT_TRUE(known.find(3 * page_size, page_of(1)));
}

TEST(KnownPages, SeeSignsThatChange) {
    // Three floats in a row, whose sign bits are those of one word and the next: what multiplying and shifting alone
    // does not tell apart, whatever the seed.
    for (std::size_t place = 4; place + 12 <= page_size; place += 8) {
        KnownPages known;
        Page page = page_of(1);
        known.add(0, page);
        for (std::size_t sign = place + 3; sign < place + 12; sign += 4) {
            page.at(sign) ^= 0x80;
        }
        EXPECT_FALSE(known.find(0, page)) << place;
    }
}

TEST(KnownPages, SeeWordsThatChangePlaces) {
    KnownPages known;
    Page page = page_of(0);
    page[0] = 1;
    page[8] = 2;
    known.add(0, page);
    std::swap(page[0], page[8]);
    EXPECT_FALSE(known.find(0, page));
}

TEST(KnownPages, CollideWithoutBitsOfTheirHashes) {
    KnownPages known(0);
    known.add(0, page_of(1));
    EXPECT_TRUE(known.find(0, page_of(2)));
    EXPECT_NE(known.find(0, page_of(1)), known.find(0, page_of(2))) << "what goes over the wire has all bits";
}

TEST(PageHasher, IsTheSameOnEveryMachine) {
    Page page{};
    for (std::size_t i = 0; i < page.size(); ++i) {
        page.at(i) = static_cast<std::uint8_t>(i * i / 7);
    }
    EXPECT_EQ(PageHasher(1)(page), PageHasher(1)(page));
    EXPECT_NE(PageHasher(1)(page), PageHasher(2)(page));
}

TEST(HeldPages, HoldsNoMoreThanItMay) {
    HeldPages held(2);
    held.add(0, page_of(1));
    held.add(page_size, page_of(2));
    held.add(2 * page_size, page_of(3));
    EXPECT_EQ(held.size(), 2U);
    Page page{};
    EXPECT_FALSE(held.read(2 * page_size, page));
    held.add(0, page_of(4));
    EXPECT_TRUE(held.read(0, page));
    EXPECT_EQ(page, page_of(4));
    held.drop(0);
    EXPECT_FALSE(held.read(0, page));
    held.add(2 * page_size, page_of(3));
    EXPECT_TRUE(held.read(2 * page_size, page));
    EXPECT_EQ(page, page_of(3));
}

TEST(HeldPages, MayBeSome) {
    EXPECT_GT(max_held_pages(), 0U);
}

TEST(AdvanceCopy, EndsBeforeAnEighthIsSentInVain) {
    EXPECT_TRUE(pays_to_copy_ahead(1000, 0, 0, 0));
    EXPECT_TRUE(pays_to_copy_ahead(1000, 1000, 24, 2));
    EXPECT_FALSE(pays_to_copy_ahead(1000, 125, 24, 24));
    EXPECT_TRUE(pays_to_copy_ahead(1000, 124, 24, 24));
    EXPECT_FALSE(pays_to_copy_ahead(1000, 250, 24, 12));
}

}  // namespace
}  // namespace openmosix
