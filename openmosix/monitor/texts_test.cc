// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "monitor/figures_text.h"
#include "monitor/help_text.h"
#include "monitor/line_input.h"
#include "monitor/wrapped_text.h"

namespace openmosix::monitor {
namespace {

using Lines = std::vector<std::string>;

TEST(WrappedText, IsBrokenAtSpaces) {
    EXPECT_EQ(wrapped("one two three", 8), (Lines{"one two", "three"}));
    EXPECT_EQ(wrapped("  one two three", 8), (Lines{"  one", "  two", "  three"}));
    EXPECT_EQ(wrapped("abcdefgh", 3), (Lines{"abc", "def", "gh"}));
    EXPECT_EQ(wrapped("one\n\ntwo\n", 8), (Lines{"one", "", "two"}));
    EXPECT_EQ(wrapped("one  two", 4), (Lines{"one", "two"}));
    EXPECT_EQ(wrapped("", 4), Lines());
}

TEST(WrappedText, IsNeverWider) {
    for (std::size_t width = 0; width < 60; ++width) {
        for (const std::string& line : wrapped(help_text, width)) {
            EXPECT_LE(line.size(), std::max<std::size_t>(width, 1));
        }
    }
}

TEST(HelpText, FitsASmallScreen) {
    EXPECT_EQ(wrapped(help_text, 39).size(), static_cast<std::size_t>(std::ranges::count(help_text, '\n')));
}

TEST(Figures, AreShort) {
    EXPECT_EQ(to_memory_text(950), "950K");
    EXPECT_EQ(to_memory_text(1024 * 1024 - 1), "1023M");
    EXPECT_EQ(to_memory_text(16'000'000), "15.2G");
    EXPECT_EQ(to_memory_text(std::uint64_t{200} << 20U), "200G");
    EXPECT_EQ(to_memory_text(std::uint64_t{3} << 30U), "3.0T");
    EXPECT_EQ(to_short_number(9999), "9999");
    EXPECT_EQ(to_short_number(100'000'000), "100M");
    EXPECT_EQ(to_duration_text(59), "59s");
    EXPECT_EQ(to_duration_text(725), "12m05s");
    EXPECT_EQ(to_duration_text(86'399), "23h59m");
    EXPECT_EQ(to_duration_text(86'400), "1d");
}

TEST(LineInputs, TakeWhatIsTyped) {
    LineInput input("? ");
    for (const char key : std::string_view("1 2x\x01")) {
        EXPECT_EQ(input.press(key), LineInput::State::open);
    }
    EXPECT_EQ(input.press(key_backspace), LineInput::State::open);
    EXPECT_EQ(input.press(key_up), LineInput::State::open);
    EXPECT_EQ(input.text(), "12");
    EXPECT_EQ(input.press(key_enter), LineInput::State::entered);
}

TEST(LineInputs, EndWithoutAResult) {
    LineInput input("? ");
    EXPECT_EQ(input.press(key_escape), LineInput::State::cancelled);
    EXPECT_EQ(input.press(key_backspace), LineInput::State::cancelled);
    for (std::size_t count = 0; count < 2 * LineInput::max_length; ++count) {
        input.press('9');
    }
    EXPECT_EQ(input.text().size(), LineInput::max_length);
}

}  // namespace
}  // namespace openmosix::monitor
