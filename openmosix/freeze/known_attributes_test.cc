// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/known_attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi.h"
#include "image/mapping_attributes.h"

namespace openmosix {
namespace {

using testing::Eq;
using testing::Optional;

constexpr std::uint32_t some = mapping_attribute::grows_down;
constexpr std::uint32_t others = mapping_attribute::dont_fork;

KnownAttributes running() {
    MappedRange first;
    first.start = 0x2000;
    first.end = 0x4000;
    first.attributes = some;
    MappedRange second = first;
    second.start = 0x6000;
    second.end = 0x7000;
    second.attributes = others;
    return KnownAttributes(std::vector<MappedRange>{first, second});
}

TEST(KnownAttributes, AreThoseOfTheSameMappingAndOfOneThatHasGrown) {
    EXPECT_THAT(running().of(0x2000, 0x4000), Optional(some));
    EXPECT_THAT(running().of(0x1000, 0x5000), Optional(some));
    EXPECT_THAT(running().of(0x3000, 0x3800), Optional(some));
    EXPECT_THAT(running().of(0x6000, 0x9000), Optional(others));
}

TEST(KnownAttributes, AreNoneOfWhatIsNewOrOverlapsDifferentOnes) {
    EXPECT_EQ(running().of(0x4000, 0x6000), std::nullopt);
    EXPECT_EQ(running().of(0x3000, 0x7000), std::nullopt);
    EXPECT_EQ(KnownAttributes().of(0x1000, 0x2000), std::nullopt);
}

TEST(KnownAttributes, OfAnImageAreAllThatThereAre) {
    ImageRange range;
    range.start = 0x2000;
    range.end = 0x4000;
    range.attributes = some;
    const KnownAttributes known(std::vector<ImageRange>{range});
    EXPECT_THAT(known.of(0x1000, 0x3000), Optional(some));
    EXPECT_THAT(known.of(0x8000, 0x9000), Optional(0U));
}

/// The kernel's own map, with a mapping of each kind that is not known before.
TEST(KnownAttributes, AreReadWhenSomethingIsNew) {
    const KnownAttributes known(read_detailed_map(::getpid()));
    void* memory = ::mmap(nullptr, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    ASSERT_EQ(::madvise(memory, page_size, MADV_WIPEONFORK), 0);
    std::uint32_t attributes = 0;
    bool has_stack = false;
    for (const MappedRange& range : read_memory_map(::getpid(), known)) {
        if (range.start == reinterpret_cast<std::uintptr_t>(memory)) {  // NOLINT(*-reinterpret-cast)
            attributes = range.attributes;
        }
        has_stack = has_stack || (range.attributes & mapping_attribute::grows_down) != 0;
    }
    EXPECT_EQ(attributes, mapping_attribute::no_reserve | mapping_attribute::wipe_on_fork);
    EXPECT_TRUE(has_stack);
    ::munmap(memory, page_size);
}

}  // namespace
}  // namespace openmosix
