// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/processor_time_account.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t much = 1'000'000;

ProcessorTimeAccount::Instant moment(int second) {
    return ProcessorTimeAccount::Instant(seconds(second));
}

TEST(ProcessorTimeAccount, AsksForWhatIsNotCountedYet) {
    ProcessorTimeAccount account;
    EXPECT_FALSE(account.is_due(moment(1)));
    account.set_used({5, 3}, much);
    EXPECT_TRUE(account.is_due(moment(1)));
    EXPECT_TRUE(account.take(CountingResult::counted, moment(1)));
    EXPECT_EQ(account.counted(), (UsedTime{5, 3}));
    EXPECT_FALSE(account.is_due(moment(3)));
    account.set_used({6, 5}, much);
    EXPECT_TRUE(account.is_due(moment(3)));
    EXPECT_EQ(account.uncounted(), (UsedTime{1, 2}));
}

TEST(ProcessorTimeAccount, AsksAgainForWhatCouldNotBeCounted) {
    ProcessorTimeAccount account;
    account.set_used({5, 3}, much);
    EXPECT_FALSE(account.take(CountingResult::failed, moment(1)));
    EXPECT_FALSE(account.is_due(moment(1)));
    EXPECT_TRUE(account.is_due_at_end(moment(1)));
    account.set_used({6, 3}, much);
    EXPECT_TRUE(account.is_due(moment(3)));
    EXPECT_EQ(account.uncounted(), (UsedTime{6, 3}));
}

TEST(ProcessorTimeAccount, CountsNothingTwiceThatMayHaveBeenCounted) {
    ProcessorTimeAccount account;
    account.set_used({5, 3}, much);
    EXPECT_TRUE(account.take(CountingResult::unknown, moment(1)));
    EXPECT_EQ(account.uncounted(), UsedTime());
    // Nor does it wait again and again for an omd that is mute.
    account.set_used({6, 3}, much);
    EXPECT_FALSE(account.is_due_at_end(moment(10)));
    EXPECT_TRUE(account.is_due_at_end(moment(11)));
}

TEST(ProcessorTimeAccount, SeldomAsksAKernelThatCannotCount) {
    ProcessorTimeAccount account;
    account.set_used({5, 3}, much);
    EXPECT_FALSE(account.take(CountingResult::unsupported, moment(1)));
    EXPECT_FALSE(account.is_due(moment(30)));
    EXPECT_TRUE(account.is_due_at_end(moment(30)));
    EXPECT_TRUE(account.is_due(moment(31)));
}

TEST(ProcessorTimeAccount, BelievesNothingImpossible) {
    ProcessorTimeAccount account;
    account.set_used({5, 3}, much);
    account.set_used({1, 1}, much);
    EXPECT_EQ(account.used(), (UsedTime{5, 3}));
    account.set_used({much, much}, 20);
    EXPECT_EQ(account.used().sum(), 20U);
}

}  // namespace
}  // namespace openmosix
