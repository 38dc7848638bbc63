// SPDX-License-Identifier: GPL-2.0-or-later
#include "release.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

TEST(Release, IsReadFromLinesLikeThoseOfOsRelease) {
    EXPECT_EQ(parse_release("# comment\nNAME=\"My Disc\"\nID=x\nVERSION='1.2'\n"), (Release{"My Disc", "1.2"}));
    EXPECT_EQ(parse_release("VERSION=0.1.0"), (Release{"ClusterDisc", "0.1.0"}));
}

TEST(Release, KeepsItsDefaultsWhenNothingIsSaid) {
    EXPECT_EQ(parse_release(""), Release{});
    EXPECT_EQ(parse_release("VERSION\n\n"), Release{});
}

}  // namespace
}  // namespace clusterdisc
