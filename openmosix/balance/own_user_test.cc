// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/own_user.h"

#include <gtest/gtest.h>

#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

using std::chrono::seconds;

constexpr OwnUserJudge::Work nothing{};
constexpr OwnUserJudge::Work guest_only{.runnable = 1, .own = 0};
constexpr OwnUserJudge::Work own_only{.runnable = 1, .own = 1};
constexpr OwnUserJudge::Work own_and_guest{.runnable = 2, .own = 1};

/// A node of one processor that is judged once per second.
class Node {
public:
    void type() { judge_.saw_input(now_); }
    /// What is said after so much time with this work.
    OwnUser after(Instant time, const OwnUserJudge::Work& work) {
        for (const Instant end = now_ + time; now_ < end;) {
            now_ += seconds(1);
            user_ = judge_.judge(now_, work, processors_);
        }
        return user_;
    }

private:
    OwnUserJudge judge_;
    Processors processors_;
    Instant now_ = seconds(1000);
    OwnUser user_ = OwnUser::absent;
};

constexpr Instant long_enough = tuning::min_own_wait + seconds(1);

TEST(OwnUsers, AreThereWhenTheyTypeAndTheirProgramsWait) {
    Node node;
    node.type();
    EXPECT_EQ(node.after(long_enough, own_and_guest), OwnUser::present);
}

TEST(OwnUsers, AreNotThereWhenNobodyTypes) {
    Node node;
    EXPECT_EQ(node.after(long_enough, own_and_guest), OwnUser::absent);
    node.type();
    EXPECT_EQ(node.after(seconds(1), own_and_guest), OwnUser::present);
}

TEST(OwnUsers, DoNotDriveGuestsAwayByTyping) {
    Node node;
    for (int round = 0; round < 10; ++round) {
        node.type();
        EXPECT_EQ(node.after(seconds(10), guest_only), OwnUser::absent);
        // A short command.
        EXPECT_EQ(node.after(tuning::min_own_wait, own_and_guest), OwnUser::absent);
    }
}

TEST(OwnUsers, NeedNothingWhileThereIsAProcessorForAll) {
    Node node;
    node.type();
    EXPECT_EQ(node.after(long_enough, own_only), OwnUser::absent);
    Processors two;
    two.cores = 2;
    two.threads = 2;
    OwnUserJudge judge;
    judge.saw_input(seconds(1));
    for (int second = 1; second < 60; ++second) {
        EXPECT_EQ(judge.judge(seconds(second), own_and_guest, two), OwnUser::absent);
    }
}

TEST(OwnUsers, StayWhileTheirProgramsKeepTheNodeBusyNowAndThen) {
    Node node;
    node.type();
    ASSERT_EQ(node.after(long_enough, own_and_guest), OwnUser::present);
    // The guests have gone.
    for (int round = 0; round < 3; ++round) {
        node.type();
        EXPECT_EQ(node.after(long_enough, own_only), OwnUser::present);
        EXPECT_EQ(node.after(tuning::own_user_pause - seconds(1), nothing), OwnUser::present);
    }
    EXPECT_EQ(node.after(seconds(1), nothing), OwnUser::absent);
    // Guests come back, and the next program has to wait before they go again.
    EXPECT_EQ(node.after(tuning::min_own_wait, own_and_guest), OwnUser::absent);
    EXPECT_EQ(node.after(seconds(1), own_and_guest), OwnUser::present);
}

TEST(OwnUsers, HaveGoneWhenTheyDoNotTypeForLong) {
    Node node;
    node.type();
    EXPECT_EQ(node.after(tuning::max_input_age - seconds(1), own_and_guest), OwnUser::present);
    EXPECT_EQ(node.after(seconds(1), own_and_guest), OwnUser::absent);
    node.type();
    EXPECT_EQ(node.after(seconds(1), own_and_guest), OwnUser::present);
}

}  // namespace
}  // namespace openmosix::balance
