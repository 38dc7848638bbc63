// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/session.h"

#include <gtest/gtest.h>

namespace clusterdisc {
namespace {

TEST(Session, TakesNothingBeforeAChallengeWasEchoed) {
    Session session;
    EXPECT_FALSE(session.accept(1));
    EXPECT_FALSE(session.is_established());
}

TEST(Session, TakesEachNumberOnceFromThereOn) {
    Session session;
    session.establish(10);
    EXPECT_FALSE(session.accept(10));
    EXPECT_TRUE(session.accept(11));
    EXPECT_FALSE(session.accept(11));
    EXPECT_TRUE(session.accept(14));
    EXPECT_TRUE(session.accept(12)) << "messages may overtake each other";
    EXPECT_FALSE(session.accept(12));
}

TEST(Session, TakesNothingOlderThanItsWindow) {
    Session session;
    session.establish(1000);
    EXPECT_TRUE(session.accept(2000));
    EXPECT_FALSE(session.accept(2000 - 64));
    EXPECT_TRUE(session.accept(2000 - 63));
    EXPECT_FALSE(session.accept(1));
}

TEST(Session, DoesNotStartAgain) {
    Session session;
    session.establish(1000);
    session.establish(5);
    EXPECT_FALSE(session.accept(6)) << "a recorded answer must not open the door to recorded messages";
}

}  // namespace
}  // namespace clusterdisc
