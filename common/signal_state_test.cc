// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/signal_state.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

#include "common/file.h"

namespace clusterdisc {
namespace {

/// Runs `check` in a child that ignores and blocks what it can; its result is the child's status.
int status_of_odd_child(const std::function<int()>& check) {
    const pid_t child = ::fork();
    if (child == 0) {
        sigset_t all;
        ::sigfillset(&all);
        ::sigprocmask(SIG_BLOCK, &all, nullptr);
        for (int signal = 1; signal <= SIGRTMAX; ++signal) {
            ::signal(signal, SIG_IGN);
        }
        ::_exit(check());
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// As /proc/self/status has it, in hexadecimal.
std::string status_field(const std::string& name) {
    const std::string text = read_file("/proc/self/status", std::size_t{65536}).value_or("");
    const std::size_t start = text.find("\n" + name + ":\t");
    return start == std::string::npos ? "" : text.substr(start + name.size() + 3, 16);
}

TEST(Signals, AreAllAsByDefault) {
    EXPECT_EQ(status_of_odd_child([] {
                  reset_signals();
                  const std::string none(16, '0');
                  return status_field("SigIgn") == none && status_field("SigBlk") == none ? 7 : 1;
              }),
              7);
}

TEST(Signals, OfADaemonIgnoreABrokenPipeOnly) {
    EXPECT_EQ(status_of_odd_child([] {
                  set_daemon_signals();
                  return status_field("SigIgn") == "0000000000001000" ? 7 : 1;
              }),
              7);
}

}  // namespace
}  // namespace clusterdisc
