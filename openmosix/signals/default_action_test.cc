// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals/default_action.h"

#include <gtest/gtest.h>

namespace openmosix {
namespace {

TEST(EndingSignal, IsWhatEndsAProcess) {
    for (const int signal : {SIGKILL, SIGTERM, SIGSEGV, SIGUSR1, 32, 64}) {
        EXPECT_EQ(ending_signal(signal), signal);
        // With the bit for a core file.
        EXPECT_EQ(ending_signal(signal | 0x80), signal);
    }
}

TEST(EndingSignal, IsSIGKILLForAllElse) {
    // Exits, signals that are ignored or stop by default, and none.
    for (const int status : {0, 0x100, 0x2a00, SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
                             65, 100, 126, 0x7f, 0x137f, 0xffff, -1}) {
        EXPECT_EQ(ending_signal(status), SIGKILL) << status;
    }
}

}  // namespace
}  // namespace openmosix
