// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs/memory_information.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

TEST(MemoryInformation, FindsTheLineOfThatName) {
    constexpr std::string_view text = "MemTotal:       16000 kB\nMemFree:          12 kB\nMemAvailable:   4711 kB\n";
    EXPECT_EQ(kilobytes_of(text, "MemAvailable"), 4711U);
    EXPECT_EQ(kilobytes_of(text, "MemTotal"), 16000U);
    EXPECT_EQ(kilobytes_of(text, "Mem"), 0U) << "only the beginning of a name";
    EXPECT_EQ(kilobytes_of(text, "SwapFree"), 0U);
}

TEST(MemoryInformation, TakesAnyText) {
    EXPECT_EQ(kilobytes_of("", "MemTotal"), 0U);
    EXPECT_EQ(kilobytes_of("MemTotal:", "MemTotal"), 0U);
    EXPECT_EQ(kilobytes_of("MemTotal: many kB", "MemTotal"), 0U);
    EXPECT_EQ(kilobytes_of("MemTotal: 99999999999999999999999 kB", "MemTotal"), 0U);
}

TEST(MemoryInformation, KnowsThisMachine) {
    EXPECT_GT(available_memory(), 1U << 20U);
}

}  // namespace
}  // namespace openmosix
