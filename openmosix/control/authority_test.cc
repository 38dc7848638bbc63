// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/authority.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace openmosix {
namespace {

TEST(Authority, IsRootsAndTheOwners) {
    EXPECT_TRUE(may_move(0, {1000, 1000, 1000}));
    EXPECT_TRUE(may_move(1000, {1000, 1000, 1000}));
    EXPECT_FALSE(may_move(1001, {1000, 1000, 1000}));
    EXPECT_FALSE(may_move(1000, {0, 0, 0}));
}

TEST(Authority, EndsWhereASetUserIdProgramBegins) {
    EXPECT_FALSE(may_move(1000, {1000, 0, 0}));
    EXPECT_FALSE(may_move(1000, {1000, 1000, 0}));
    EXPECT_FALSE(may_move(1000, {0, 1000, 1000}));
}

TEST(Owners, AreReadFromProc) {
    const ProcessOwner expected{1000, 1001, 1002};
    EXPECT_EQ(parse_owner("Name:\tcat\nUid:\t1000\t1001\t1002\t1003\nGid:\t0\t0\t0\t0\n"), expected);
    EXPECT_EQ(read_owner(::getpid())->at(1), ::geteuid());
}

TEST(Owners, AreNotGuessed) {
    EXPECT_EQ(parse_owner(""), std::nullopt);
    EXPECT_EQ(parse_owner("Name:\tcat\nUid:\t1000\t1001\n"), std::nullopt);
    EXPECT_EQ(parse_owner("Name:\tcat\nUid:\n"), std::nullopt);
    // A name cannot forge it: the kernel writes a line end in one as \n.
    EXPECT_EQ(parse_owner("Name:\tUid:\t0\t0\t0\t0\n"), std::nullopt);
    EXPECT_EQ(read_owner(1 << 30), std::nullopt);
}

}  // namespace
}  // namespace openmosix
