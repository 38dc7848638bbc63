// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/peer_text.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

TEST(PeerText, IsShownAsItIsWhenItIsHarmless) {
    EXPECT_EQ(peer_text("another version of omd: 2, this one speaks 1"),
              "another version of omd: 2, this one speaks 1");
}

TEST(PeerText, ControlsNoTerminalAndNoLog) {
    EXPECT_EQ(peer_text("no\n<0>kernel: \x1b[2J"), "no\\x0a<0>kernel: \\x1b[2J");
    EXPECT_LT(peer_text(std::string(1'000'000, 'x')).size(), 400U);
    EXPECT_LT(peer_text(std::string(1'000'000, '\n')).size(), 1300U);
}

}  // namespace
}  // namespace openmosix
