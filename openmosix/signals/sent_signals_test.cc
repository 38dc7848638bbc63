// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals/sent_signals.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

siginfo_t signal_from(int signal, pid_t sender) {
    siginfo_t info{};
    info.si_signo = signal;
    info.si_pid = sender;  // NOLINT(cppcoreguidelines-pro-type-union-access)
    return info;
}

pid_t sender_of(const std::optional<siginfo_t>& info) {
    return info ? info->si_pid : -1;  // NOLINT(cppcoreguidelines-pro-type-union-access)
}

TEST(SentSignals, SayWhoSentThem) {
    SentSignals sent(10);
    EXPECT_TRUE(sent.add(signal_from(SIGUSR1, 7), false, false));
    EXPECT_TRUE(sent.add(signal_from(SIGUSR2, 8), false, false));
    EXPECT_EQ(sender_of(sent.take(SIGUSR2)), 8);
    EXPECT_EQ(sender_of(sent.take(SIGUSR1)), 7);
    EXPECT_EQ(sent.take(SIGUSR1), std::nullopt);
}

TEST(SentSignals, AStandardSignalThatWaitsTakesNoOther) {
    SentSignals sent(10);
    EXPECT_TRUE(sent.add(signal_from(SIGUSR1, 7), false, false));
    for (pid_t sender = 8; sender < 1000; ++sender) {
        EXPECT_FALSE(sent.add(signal_from(SIGUSR1, sender), true, false));
    }
    EXPECT_EQ(sender_of(sent.take(SIGUSR1)), 7);
    // The next one is not taken for one of those.
    EXPECT_TRUE(sent.add(signal_from(SIGUSR1, 1000), false, false));
    EXPECT_EQ(sender_of(sent.take(SIGUSR1)), 1000);
}

TEST(SentSignals, WhatTheKernelHasThrownAwayIsForgotten) {
    SentSignals sent(10);
    EXPECT_TRUE(sent.add(signal_from(SIGUSR1, 7), false, false));
    EXPECT_TRUE(sent.add(signal_from(SIGUSR1, 8), false, false));
    EXPECT_EQ(sender_of(sent.take(SIGUSR1)), 8);
    EXPECT_EQ(sent.take(SIGUSR1), std::nullopt);
}

TEST(SentSignals, OneIsDeliveredWhileTheNextComes) {
    SentSignals sent(10);
    EXPECT_TRUE(sent.add(signal_from(SIGUSR1, 7), false, false));
    EXPECT_TRUE(sent.add(signal_from(SIGUSR1, 8), false, true));
    EXPECT_FALSE(sent.add(signal_from(SIGUSR1, 9), true, true));
    EXPECT_EQ(sender_of(sent.take(SIGUSR1)), 7);
    EXPECT_EQ(sender_of(sent.take(SIGUSR1)), 8);
}

TEST(SentSignals, RealTimeSignalsQueueUpToALimit) {
    SentSignals sent(3);
    EXPECT_TRUE(sent.add(signal_from(40, 1), false, false));
    EXPECT_TRUE(sent.add(signal_from(40, 2), true, false));
    EXPECT_TRUE(sent.add(signal_from(41, 3), false, false));
    EXPECT_FALSE(sent.add(signal_from(41, 4), true, false));
    EXPECT_TRUE(sent.add(signal_from(SIGUSR1, 5), false, false));
    EXPECT_EQ(sender_of(sent.take(40)), 1);
    EXPECT_TRUE(sent.add(signal_from(41, 6), true, false));
    EXPECT_EQ(sender_of(sent.take(40)), 2);
    EXPECT_EQ(sender_of(sent.take(SIGUSR1)), 5);
    EXPECT_EQ(sender_of(sent.take(41)), 3);
    EXPECT_EQ(sender_of(sent.take(41)), 6);
}

}  // namespace
}  // namespace openmosix
