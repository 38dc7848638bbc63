// SPDX-License-Identifier: GPL-2.0-or-later
#include "line_buffer.h"

#include <gmock/gmock.h>

namespace clusterdisc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LineBuffer, PutsPiecesTogether) {
    LineBuffer buffer;
    EXPECT_THAT(buffer.add("first\nsec"), ElementsAre("first"));
    EXPECT_THAT(buffer.add("ond"), IsEmpty());
    EXPECT_THAT(buffer.add("\n\n\nthird\n"), ElementsAre("second", "third"));
    EXPECT_EQ(buffer.take_rest(), "");
}

TEST(LineBuffer, KeepsWhatHasNoLineEnd) {
    LineBuffer buffer;
    buffer.add("whole\nlast words");
    EXPECT_EQ(buffer.take_rest(), "last words");
    EXPECT_EQ(buffer.take_rest(), "");
}

TEST(LineBuffer, CutsLongLines) {
    LineBuffer buffer;
    const std::string longest(LineBuffer::max_line, 'x');
    EXPECT_THAT(buffer.add(longest + longest + "y\n"), ElementsAre(longest, longest, "y"));
}

}  // namespace
}  // namespace clusterdisc
