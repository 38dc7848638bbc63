// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/layout_plan.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace openmosix {
namespace {

using Kind = LayoutStep::Kind;

constexpr std::uint8_t read_write = PROT_READ | PROT_WRITE;

ImageRange mapping(std::uint64_t first, std::uint64_t end) {
    ImageRange range;
    range.start = first * page_size;
    range.end = end * page_size;
    range.protection = read_write;
    return range;
}

PageRanges unchanged_pages(std::uint64_t first, std::uint64_t end) {
    PageRanges ranges;
    ranges.add(first * page_size, end * page_size);
    return ranges;
}

LayoutStep planned(Kind kind, std::uint64_t first, std::uint64_t end, std::uint8_t protection = 0) {
    return {kind, first * page_size, end * page_size, protection, false};
}

using Steps = std::vector<LayoutStep>;

TEST(LayoutPlan, KeepsWhatIsStillMapped) {
    const Unchanged all{.mappings = unchanged_pages(1, 5), .pages = unchanged_pages(1, 5)};
    EXPECT_EQ(plan_layout({mapping(1, 5)}, {mapping(1, 5)}, all), Steps());
    const Unchanged half{.mappings = unchanged_pages(1, 5), .pages = unchanged_pages(1, 3)};
    EXPECT_EQ(plan_layout({mapping(1, 5)}, {mapping(1, 5)}, half), Steps{planned(Kind::discard, 3, 5)});
}

TEST(LayoutPlan, MapsAnewWhatWasReplacedWhereItLies) {
    EXPECT_EQ(plan_layout({mapping(1, 5)}, {mapping(1, 5)}, {}), Steps{planned(Kind::map, 1, 5, read_write)});
}

TEST(LayoutPlan, MakesOneMappingOfOneThatReachesOverOldOnes) {
    const Unchanged first{.mappings = unchanged_pages(1, 3), .pages = unchanged_pages(1, 3)};
    EXPECT_EQ(plan_layout({mapping(1, 3), mapping(5, 6), mapping(6, 7)}, {mapping(1, 3), mapping(4, 9)}, first),
              Steps{planned(Kind::map, 4, 9, read_write)});
}

TEST(LayoutPlan, UnmapsWhatIsNotWanted) {
    const Unchanged last{.mappings = unchanged_pages(4, 5), .pages = unchanged_pages(4, 5)};
    EXPECT_EQ(plan_layout({mapping(1, 2), mapping(2, 5)}, {mapping(4, 5)}, last), Steps{planned(Kind::unmap, 1, 4)});
}

}  // namespace
}  // namespace openmosix
