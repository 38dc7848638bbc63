// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/printable_text.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

TEST(PrintableText, TakesAsciiAndUtf8) {
    EXPECT_TRUE(is_printable_text(""));
    EXPECT_TRUE(is_printable_text("correct horse ~!"));
    EXPECT_TRUE(is_printable_text("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"));
}

TEST(PrintableText, RefusesControlCharacters) {
    EXPECT_FALSE(is_printable_text("a\nb"));
    EXPECT_FALSE(is_printable_text("\x1B[2J"));
    EXPECT_FALSE(is_printable_text("\x7F"));
    EXPECT_FALSE(is_printable_text("\xC2\x9B"));
}

TEST(PrintableText, RefusesBytesThatAreNotUtf8) {
    EXPECT_FALSE(is_printable_text("\xFF"));
    EXPECT_FALSE(is_printable_text("\x80"));
    EXPECT_FALSE(is_printable_text("\xC3"));
    EXPECT_FALSE(is_printable_text("\xC3(")) << "no continuation byte";
    EXPECT_FALSE(is_printable_text("\xC0\xAF")) << "overlong form of /";
    EXPECT_FALSE(is_printable_text("\xED\xA0\x80")) << "surrogate";
    EXPECT_FALSE(is_printable_text("\xF4\x90\x80\x80")) << "above U+10FFFF";
}

TEST(ShownText, EscapesWhatATerminalWouldActOn) {
    EXPECT_EQ(shown("a\x1B[2J\xE4"), "a\\x1b[2J\\xe4");
}

TEST(ShownText, CutsLongTextAndSaysSo) {
    EXPECT_EQ(shown("abcdef", 3), "abc...");
    EXPECT_EQ(shown("abc", 3), "abc");
}

TEST(PrintableText, IsMadeOfAnyText) {
    EXPECT_EQ(made_printable("Gr\u00fc\u00dfe"), "Gr\u00fc\u00dfe");
    EXPECT_EQ(made_printable(std::string(50, 'a') + "\x1b"), std::string(50, 'a') + "\\x1b");
}

}  // namespace
}  // namespace clusterdisc
