// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/page_ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

namespace openmosix {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The address of a page, by its number.
constexpr std::uint64_t at(std::uint64_t page) {
    return page * page_size;
}

PageRange pages(std::uint64_t first, std::uint64_t end) {
    return {at(first), at(end)};
}

TEST(PageRanges, AreEmptyAtFirst) {
    const PageRanges ranges;
    EXPECT_TRUE(ranges.empty());
    EXPECT_EQ(ranges.bytes(), 0U);
    EXPECT_FALSE(ranges.contains(0));
    EXPECT_FALSE(ranges.overlaps(0, std::numeric_limits<std::uint64_t>::max()));
    EXPECT_THAT(ranges.within(0, std::numeric_limits<std::uint64_t>::max()), IsEmpty());
    EXPECT_EQ(ranges.first_from(0), std::nullopt);
}

TEST(PageRanges, JoinNeighboursAndOverlaps) {
    PageRanges ranges;
    ranges.add(at(2), at(4));
    ranges.add(at(6), at(8));
    EXPECT_THAT(ranges.all(), ElementsAre(pages(2, 4), pages(6, 8)));
    ranges.add(at(4), at(6));
    EXPECT_THAT(ranges.all(), ElementsAre(pages(2, 8)));
    ranges.add(at(1), at(3));
    ranges.add(at(7), at(9));
    ranges.add(at(3), at(4));
    EXPECT_THAT(ranges.all(), ElementsAre(pages(1, 9)));
}

TEST(PageRanges, AreSwallowedByALargerOne) {
    PageRanges ranges;
    for (std::uint64_t page = 10; page < 20; page += 2) {
        ranges.add(at(page), at(page + 1));
    }
    ranges.add(at(9), at(30));
    EXPECT_THAT(ranges.all(), ElementsAre(pages(9, 30)));
}

TEST(PageRanges, AreCutByRemoving) {
    PageRanges ranges;
    ranges.add(at(0), at(10));
    ranges.remove(at(4), at(6));
    EXPECT_THAT(ranges.all(), ElementsAre(pages(0, 4), pages(6, 10)));
    ranges.remove(at(3), at(7));
    EXPECT_THAT(ranges.all(), ElementsAre(pages(0, 3), pages(7, 10)));
    ranges.remove(at(0), at(1));
    ranges.remove(at(9), at(12));
    EXPECT_THAT(ranges.all(), ElementsAre(pages(1, 3), pages(7, 9)));
    ranges.remove(at(3), at(7));
    EXPECT_EQ(ranges.bytes(), at(4));
    ranges.remove(at(0), at(100));
    EXPECT_TRUE(ranges.empty());
    EXPECT_EQ(ranges.bytes(), 0U);
}

TEST(PageRanges, StayAsTheyAreForARangeWithoutPages) {
    PageRanges ranges;
    ranges.add(at(5), at(5));
    ranges.add(at(5), at(4));
    EXPECT_TRUE(ranges.empty());
    ranges.add(at(1), at(9));
    ranges.remove(at(5), at(5));
    ranges.remove(at(5), at(4));
    EXPECT_THAT(ranges.all(), ElementsAre(pages(1, 9)));
    EXPECT_FALSE(ranges.overlaps(at(5), at(5)));
    EXPECT_THAT(ranges.within(at(5), at(5)), IsEmpty());
    EXPECT_THAT(ranges.within(at(6), at(2)), IsEmpty());
}

TEST(PageRanges, EndBeforeTheirEnd) {
    PageRanges ranges;
    ranges.add(at(2), at(4));
    EXPECT_FALSE(ranges.contains(at(2) - 1));
    EXPECT_TRUE(ranges.contains(at(2)));
    EXPECT_TRUE(ranges.contains(at(4) - 1));
    EXPECT_FALSE(ranges.contains(at(4)));
    EXPECT_FALSE(ranges.overlaps(at(0), at(2)));
    EXPECT_TRUE(ranges.overlaps(at(0), at(3)));
    EXPECT_TRUE(ranges.overlaps(at(3), at(9)));
    EXPECT_TRUE(ranges.overlaps(at(0), at(9)));
    EXPECT_FALSE(ranges.overlaps(at(4), at(9)));
}

TEST(PageRanges, GiveThePartsInsideARange) {
    PageRanges ranges;
    ranges.add(at(2), at(4));
    ranges.add(at(6), at(9));
    EXPECT_THAT(ranges.within(at(3), at(7)), ElementsAre(pages(3, 4), pages(6, 7)));
    EXPECT_THAT(ranges.within(at(7), at(8)), ElementsAre(pages(7, 8)));
    EXPECT_THAT(ranges.within(at(4), at(6)), IsEmpty());
}

TEST(PageRanges, GiveTheFirstRangeThatHasSomethingFromAnAddressOn) {
    PageRanges ranges;
    ranges.add(at(2), at(4));
    ranges.add(at(6), at(9));
    EXPECT_EQ(ranges.first_from(0), pages(2, 4));
    EXPECT_EQ(ranges.first_from(at(3)), pages(2, 4));
    EXPECT_EQ(ranges.first_from(at(4)), pages(6, 9));
    EXPECT_EQ(ranges.first_from(at(9)), std::nullopt);
}

TEST(PageRanges, ReachUpToTheLastPageOf64Bits) {
    constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max() - page_size + 1;
    PageRanges ranges;
    ranges.add(0, at(1));
    ranges.add(at(1), last);
    EXPECT_EQ(ranges.bytes(), last);
    EXPECT_TRUE(ranges.contains(last - 1));
    ranges.remove(at(1), last - page_size);
    EXPECT_THAT(ranges.all(), ElementsAre(pages(0, 1), PageRange{last - page_size, last}));
}

TEST(PageRanges, AreEqualHoweverTheyCameAbout) {
    PageRanges once;
    once.add(at(1), at(4));
    PageRanges cut;
    cut.add(at(0), at(9));
    cut.remove(at(4), at(20));
    cut.remove(at(0), at(1));
    EXPECT_EQ(once, cut);
    cut.clear();
    EXPECT_NE(once, cut);
    EXPECT_EQ(cut, PageRanges());
}

/// Says what each function of PageRanges must say, page by page.
class PageSet {
public:
    void add(std::uint64_t first, std::uint64_t end) {
        for (; first < end; ++first) {
            pages_.insert(first);
        }
    }
    void remove(std::uint64_t first, std::uint64_t end) {
        for (; first < end; ++first) {
            pages_.erase(first);
        }
    }
    [[nodiscard]] bool contains(std::uint64_t page) const { return pages_.contains(page); }
    [[nodiscard]] std::uint64_t bytes() const { return at(pages_.size()); }
    [[nodiscard]] std::vector<PageRange> within(std::uint64_t first, std::uint64_t end) const {
        std::vector<PageRange> result;
        for (auto page = pages_.lower_bound(first); page != pages_.end() && *page < end; ++page) {
            if (!result.empty() && result.back().end == at(*page)) {
                result.back().end = at(*page + 1);
            } else {
                result.push_back(pages(*page, *page + 1));
            }
        }
        return result;
    }

private:
    std::set<std::uint64_t> pages_;
};

TEST(PageRanges, AreWhatASetOfSinglePagesIs) {
    constexpr std::uint64_t max_pages = 64;
    // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp,bugprone-random-generator-seed): the same numbers in each run
    std::mt19937 random(4);
    std::uniform_int_distribution<std::uint64_t> any_page(0, max_pages);
    PageRanges ranges;
    PageSet set;
    for (int step = 0; step < 20000; ++step) {
        const std::uint64_t first = any_page(random);
        const std::uint64_t end = std::min(max_pages, first + any_page(random) / 4);
        if (any_page(random) % 2 == 0) {
            ranges.add(at(first), at(end));
            set.add(first, end);
        } else {
            ranges.remove(at(first), at(end));
            set.remove(first, end);
        }
        ASSERT_EQ(ranges.all(), set.within(0, max_pages)) << "step " << step;
        ASSERT_EQ(ranges.bytes(), set.bytes()) << "step " << step;
        ASSERT_EQ(ranges.empty(), set.bytes() == 0) << "step " << step;

        const std::uint64_t low = any_page(random);
        const std::uint64_t high = any_page(random);
        ASSERT_EQ(ranges.within(at(low), at(high)), set.within(low, high)) << "step " << step;
        ASSERT_EQ(ranges.overlaps(at(low), at(high)), !set.within(low, high).empty()) << "step " << step;
        ASSERT_EQ(ranges.contains(at(low)), set.contains(low)) << "step " << step;
        const auto next = ranges.first_from(at(low));
        const auto rest = set.within(low, max_pages);
        ASSERT_EQ(next.has_value(), !rest.empty()) << "step " << step;
        if (next) {
            ASSERT_EQ(std::max(next->start, at(low)), rest.front().start) << "step " << step;
            ASSERT_EQ(next->end, rest.front().end) << "step " << step;
        }
    }
}

}  // namespace
}  // namespace openmosix
