// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/canvas.h"

#include <gtest/gtest.h>

namespace openmosix::monitor {
namespace {

TEST(Canvas, CutsWhatIsOutside) {
    Canvas canvas({.rows = 2, .columns = 5});
    canvas.put({.row = 0, .column = 3}, "abc");
    canvas.put({.row = 7, .column = 0}, "abc");
    canvas.put_down({.row = 0, .column = 0}, "xyz");
    EXPECT_EQ(canvas.text(), "x  ab\ny\n");
}

TEST(Canvas, HasPrintableAsciiOnly) {
    Canvas canvas({.rows = 1, .columns = 20});
    canvas.put({.row = 0, .column = 0}, "\x1b[2J\xc3\xa4\n~");
    EXPECT_EQ(canvas.row_text(0), "?[2J???~");
}

TEST(Canvas, FillsARowWithItsStyle) {
    Canvas canvas({.rows = 2, .columns = 4});
    canvas.put_row(1, "ab", Style::selected);
    EXPECT_EQ(canvas.at({.row = 1, .column = 3}), (Canvas::Cell{.character = ' ', .style = Style::selected}));
    EXPECT_EQ(canvas.at({.row = 0, .column = 3}), Canvas::Cell());
}

}  // namespace
}  // namespace openmosix::monitor
