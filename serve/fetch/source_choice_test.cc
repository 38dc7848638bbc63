// SPDX-License-Identifier: GPL-2.0-or-later
#include "fetch/source_choice.h"

#include <gmock/gmock.h>

namespace clusterdisc {
namespace {

using namespace std::chrono_literals;

constexpr PcAddress first{10, 78, 8, 10};
constexpr PcAddress second{10, 78, 8, 11};

TEST(SourceChoice, WaitsForTheFirstAnswerAMoment) {
    SourceChoice choice(5s);
    EXPECT_FALSE(choice.is_ready(5s + 999ms));
    EXPECT_TRUE(choice.is_ready(6s));
    EXPECT_EQ(choice.current(6s), std::nullopt);
    choice.told(first, 6s);
    EXPECT_EQ(choice.current(6s), first);
}

TEST(SourceChoice, AnAnswerIsFollowedAtOnce) {
    SourceChoice choice(0s);
    choice.told(first, 0s);
    EXPECT_TRUE(choice.is_ready(0s));
    choice.told(second, 1s);
    EXPECT_EQ(choice.current(1s), second);
    choice.told(std::nullopt, 2s);
    EXPECT_EQ(choice.current(2s), std::nullopt);
}

TEST(SourceChoice, ASourceThatGivesNothingIsLeftForTheServingNode) {
    SourceChoice choice(0s);
    choice.told(first, 0s);
    choice.got_bytes(3s);
    EXPECT_EQ(choice.current(12s), first);
    EXPECT_EQ(choice.current(13s), std::nullopt);
    // It is named again, as the report has not arrived yet.
    choice.told(first, 13s);
    EXPECT_EQ(choice.current(13s), std::nullopt);
    choice.told(second, 14s);
    EXPECT_EQ(choice.current(14s), second);
    choice.told(first, 15s);
    EXPECT_EQ(choice.current(15s), first);
}

TEST(SourceChoice, WhenTheServingNodeIsSilentTheLastSourceIsTriedAgain) {
    SourceChoice choice(0s);
    choice.told(first, 0s);
    EXPECT_EQ(choice.current(10s), std::nullopt);
    EXPECT_EQ(choice.current(19s), std::nullopt);
    EXPECT_EQ(choice.current(20s), first);
    EXPECT_EQ(choice.current(30s), std::nullopt);
}

TEST(SourceChoice, SilenceOfAMinuteIsALoss) {
    SourceChoice choice(0s);
    choice.got_bytes(4s);
    EXPECT_FALSE(choice.is_silent(13s));
    EXPECT_TRUE(choice.is_silent(14s));
    EXPECT_FALSE(choice.is_lost(63s));
    EXPECT_TRUE(choice.is_lost(64s));
}

}  // namespace
}  // namespace clusterdisc
