// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/packing_choice.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

constexpr std::uint64_t bytes_of_megabit = 1'000'000 / 8;
constexpr std::size_t message_size = 65536;
/// 2 ns for each byte.
constexpr std::int64_t nanoseconds_of_message = 2 * message_size;

/// Returns how many of the next messages are compressed, each to so many bytes.
unsigned packed_of(PackingChoice& choice, unsigned messages, std::uint64_t rate, std::size_t size,
                   std::int64_t nanoseconds = nanoseconds_of_message) {
    unsigned packed = 0;
    for (unsigned i = 0; i < messages; ++i) {
        if (choice.should_pack(rate)) {
            ++packed;
            choice.measured(message_size, size, nanoseconds);
        }
    }
    return packed;
}

TEST(PackingChoice, NothingIsCompressedBeforeTheLinkIsKnown) {
    PackingChoice choice;
    EXPECT_EQ(packed_of(choice, 1000, 0, message_size / 4), 0U);
}

TEST(PackingChoice, EverythingIsWhereThatSavesTime) {
    for (const std::uint64_t rate : {10 * bytes_of_megabit, 100 * bytes_of_megabit, 1000 * bytes_of_megabit}) {
        PackingChoice choice;
        EXPECT_EQ(packed_of(choice, 100, rate, message_size / 4), 100U) << rate;
    }
}

TEST(PackingChoice, WhatCannotBeCompressedIsTriedSeldom) {
    PackingChoice choice;
    const unsigned packed = packed_of(choice, 1700, 100 * bytes_of_megabit, message_size);
    EXPECT_GE(packed, 50U);
    EXPECT_LE(packed, 101U);
}

TEST(PackingChoice, ALinkThatIsFasterThanTheProcessorIsLeftAlone) {
    PackingChoice choice;
    EXPECT_LE(packed_of(choice, 2000, 5000 * bytes_of_megabit, message_size / 4), 2U);
    PackingChoice slow_processor;
    EXPECT_LE(packed_of(slow_processor, 2000, 100 * bytes_of_megabit, message_size / 4, 100 * message_size), 2U);
}

TEST(PackingChoice, ItIsBegunAgainWhenThePagesChange) {
    PackingChoice choice;
    packed_of(choice, 100, 100 * bytes_of_megabit, message_size);
    packed_of(choice, 100, 100 * bytes_of_megabit, message_size / 8);
    EXPECT_EQ(packed_of(choice, 100, 100 * bytes_of_megabit, message_size / 8), 100U);
}

TEST(PackingChoice, OneInterruptedMeasurementChangesLittle) {
    PackingChoice choice;
    packed_of(choice, 10, 100 * bytes_of_megabit, message_size / 4);
    // The processor was somebody else's for ten milliseconds.
    choice.measured(message_size, message_size / 4, 10'000'000);
    EXPECT_GE(packed_of(choice, 100, 100 * bytes_of_megabit, message_size / 4), 80U);
}

}  // namespace
}  // namespace openmosix
