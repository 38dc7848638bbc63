// SPDX-License-Identifier: GPL-2.0-or-later
#include "admission/mac_address.h"

#include <gmock/gmock.h>

namespace clusterdisc {
namespace {

TEST(MacAddressText, SixPairsOfDigitsAreAnAddress) {
    EXPECT_EQ(parse_mac_address("52:54:00:aB:Cd:09"), (MacAddress{0x52, 0x54, 0x00, 0xab, 0xcd, 0x09}));
}

TEST(MacAddressText, AnythingElseIsNone) {
    for (const char* text : {"", "52", "52:54:00:ab:cd", "52:54:00:ab:cd:0", "52:54:00:ab:cd:091", "52-54-00-ab-cd-09",
                             "52:54:00:ab:cd:0g", "5:254:00:ab:cd:09", "52:54:00:ab:cd:-9", "52:54:00:ab:cd: 9"}) {
        EXPECT_EQ(parse_mac_address(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace clusterdisc
