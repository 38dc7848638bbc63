// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/layout_plan.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "image/mapping_attributes.h"

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
    return {.kind = kind, .start = first * page_size, .end = end * page_size, .protection = protection};
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

constexpr std::uint32_t stack = mapping_attribute::grows_down;

ImageRange mapping_with(std::uint64_t first, std::uint64_t end, std::uint32_t attributes) {
    ImageRange range = mapping(first, end);
    range.attributes = attributes;
    return range;
}

LayoutStep grown(std::uint64_t first, std::uint64_t end) {
    LayoutStep step = planned(Kind::grow, first, end, read_write);
    step.attributes = stack;
    return step;
}

LayoutStep mapped_with(std::uint64_t first, std::uint64_t end, std::uint32_t attributes) {
    LayoutStep step = planned(Kind::map, first, end, read_write);
    step.attributes = attributes;
    return step;
}

LayoutStep advised(std::uint64_t first, std::uint64_t end, int advice) {
    LayoutStep step = planned(Kind::advise, first, end);
    step.advice = advice;
    return step;
}

TEST(LayoutPlan, GrowsAStackThatIsKeptInPlaceOfASecondMapping) {
    const Unchanged kept{.mappings = unchanged_pages(8, 9), .pages = unchanged_pages(8, 9)};
    EXPECT_EQ(plan_layout({mapping_with(8, 9, stack)}, {mapping_with(4, 9, stack)}, kept),
              (Steps{grown(4, 8), planned(Kind::discard, 4, 8)}));
}

TEST(LayoutPlan, UnmapsWhatAStackHasGrownOver) {
    const Unchanged kept{.mappings = unchanged_pages(8, 9), .pages = unchanged_pages(8, 9)};
    EXPECT_EQ(plan_layout({mapping(5, 6), mapping_with(8, 9, stack)}, {mapping_with(4, 9, stack)}, kept),
              (Steps{planned(Kind::unmap, 5, 6), grown(4, 8), planned(Kind::discard, 4, 8)}));
}

TEST(LayoutPlan, GrowsAStackAnewOfWhichTheProgramHasUnmappedTheLowerPart) {
    const Unchanged kept{.mappings = unchanged_pages(8, 9), .pages = unchanged_pages(8, 9)};
    EXPECT_EQ(plan_layout({mapping_with(6, 9, stack)}, {mapping_with(4, 9, stack)}, kept),
              (Steps{planned(Kind::unmap, 6, 8), grown(4, 8), planned(Kind::discard, 4, 8)}));
    EXPECT_EQ(plan_layout({mapping_with(2, 9, stack)}, {mapping_with(4, 9, stack)}, kept),
              (Steps{planned(Kind::unmap, 2, 8), grown(4, 8), planned(Kind::discard, 4, 8)}));
}

TEST(LayoutPlan, MapsAStackThatIsNotKept) {
    EXPECT_EQ(plan_layout({mapping_with(8, 9, stack)}, {mapping_with(4, 9, stack)}, {}),
              Steps{mapped_with(4, 9, stack)});
    const Unchanged both{.mappings = unchanged_pages(4, 9), .pages = unchanged_pages(4, 9)};
    EXPECT_EQ(plan_layout({mapping_with(4, 8, stack), mapping_with(8, 9, stack)}, {mapping_with(4, 9, stack)}, both),
              Steps());
}

TEST(LayoutPlan, MapsWithoutReserve) {
    EXPECT_EQ(plan_layout({}, {mapping_with(1, 5, mapping_attribute::no_reserve)}, {}),
              Steps{mapped_with(1, 5, mapping_attribute::no_reserve)});
    EXPECT_EQ(to_call(mapped_with(1, 5, mapping_attribute::no_reserve), Abi::amd64).arguments[3],
              std::uint64_t{MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE});
}

TEST(LayoutPlan, AdvisesWhatIsMappedAnewAndWhatHasOtherAttributesNow) {
    constexpr std::uint32_t wiped = mapping_attribute::wipe_on_fork;
    constexpr std::uint32_t random = mapping_attribute::random_access;
    EXPECT_EQ(plan_layout({}, {mapping_with(1, 5, wiped)}, {}),
              (Steps{mapped_with(1, 5, wiped), advised(1, 5, MADV_WIPEONFORK)}));
    const Unchanged all{.mappings = unchanged_pages(1, 5), .pages = unchanged_pages(1, 5)};
    EXPECT_EQ(plan_layout({mapping_with(1, 5, wiped)}, {mapping_with(1, 5, wiped)}, all), Steps());
    EXPECT_EQ(plan_layout({mapping_with(1, 5, wiped)}, {mapping_with(1, 3, random), mapping(3, 5)}, all),
              (Steps{advised(1, 3, MADV_KEEPONFORK), advised(1, 3, MADV_RANDOM), advised(3, 5, MADV_KEEPONFORK)}));
}

}  // namespace
}  // namespace openmosix
