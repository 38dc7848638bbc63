// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/file_pages.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

ProcessImage image_with_a_file() {
    ProcessImage image;
    ImageRange range;
    range.start = 0x400000;
    range.end = 0x402000;
    range.content = ImageRange::Content::file;
    image.ranges.push_back(range);
    range.start = 0x7ff00000;
    range.end = 0x7ff10000;
    range.content = ImageRange::Content::anonymous;
    image.ranges.push_back(range);
    image.layout.arg_start = 0x7ff0e100;
    image.layout.env_end = 0x7ff0f200;
    return image;
}

TEST(FilePages, AreThoseOfFilesAndOfTheArguments) {
    FilePages pages;
    pages.expect(image_with_a_file());
    for (const std::uint64_t address : {0x400000U, 0x401000U, 0x7ff0e000U, 0x7ff0f000U}) {
        EXPECT_TRUE(pages.add(address, Bytes(page_size))) << address;
    }
    // The agent's area, what lies behind the file, the stack, and what is no page's address.
    for (const std::uint64_t address : {0x10000U, 0x402000U, 0x7ff0d000U, 0x400010U}) {
        EXPECT_FALSE(pages.add(address, Bytes(page_size))) << address;
    }
    EXPECT_FALSE(pages.add(0x400000, Bytes(page_size - 1)));
    EXPECT_EQ(pages.all().size(), 4U);
}

TEST(FilePages, KeepTheLastOfAnAddress) {
    FilePages pages;
    pages.expect(image_with_a_file());
    for (std::uint8_t value = 0; value < 100; ++value) {
        ASSERT_TRUE(pages.add(0x400000, Bytes(page_size, value)));
    }
    ASSERT_EQ(pages.all().size(), 1U);
    EXPECT_EQ(pages.all().at(0x400000).front(), 99);
    pages.expect(image_with_a_file());
    EXPECT_TRUE(pages.all().empty());
}

}  // namespace
}  // namespace openmosix
