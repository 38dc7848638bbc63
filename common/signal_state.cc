// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/signal_state.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace clusterdisc {

namespace {

constexpr int last_signal = 64;
constexpr std::size_t signal_set_size = 8;

}  // namespace

void reset_signals() {
    // struct sigaction as the kernel has it, at most 32 bytes: SIG_DFL, no flags, an empty mask. Not sigaction(3),
    // which refuses the signals that glibc keeps to itself.
    const std::array<unsigned char, 32> by_default{};
    for (int signal = 1; signal <= last_signal; ++signal) {
        // Refused for SIGKILL and SIGSTOP alone, which have no other action.
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
        ::syscall(SYS_rt_sigaction, signal, by_default.data(), nullptr, signal_set_size);
    }
    const std::array<unsigned char, signal_set_size> none{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, none.data(), nullptr, signal_set_size);
}

void set_daemon_signals() {
    reset_signals();
    ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace clusterdisc
