// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/process_end.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tracee/tracee.h"

namespace openmosix {
namespace {

pid_t start_sleeper() {
    const pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    return child;
}

TEST(ProcessEnd, IsSeenAtOnceBeforeItsParentHasWaitedAndAfter) {
    EXPECT_FALSE(has_ended(::getpid()));
    const pid_t child = start_sleeper();
    EXPECT_FALSE(has_ended(child));
    ::kill(child, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
    EXPECT_TRUE(has_ended(child));
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(has_ended(child));
}

TEST(ProcessEnd, IsWhatAFailedRequestSays) {
    const pid_t child = start_sleeper();
    Tracee tracee(child, false);
    ::kill(child, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT | __WALL);
    try {
        tracee.interrupt();
        static_cast<void>(tracee.registers());
        FAIL() << "it is there";
    } catch (const ProcessEnded& error) {
        EXPECT_STREQ(error.what(), "it has ended");
        EXPECT_EQ(error.code(), std::errc::no_such_process);
    }
    ::waitpid(child, nullptr, __WALL);
    EXPECT_THROW(Tracee(child, false), ProcessEnded);
}

}  // namespace
}  // namespace openmosix
