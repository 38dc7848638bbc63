// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal_drawing.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

TEST(TerminalDrawing, LeavesNothingOfTheFormerScreen) {
    EXPECT_EQ(over_former_screen("a\nb\n"), "\033[Ha\033[K\nb\033[K\n\033[J");
}

}  // namespace
}  // namespace clusterdisc
