// SPDX-License-Identifier: GPL-2.0-or-later
/// Blocks signals: they stay pending, are fetched by sigtimedwait(), or arrive in sigsuspend().
#include "guest.h"

#include <signal.h>
#include <sys/time.h>

static volatile unsigned handled;

static void count(int signal) {
    (void)signal;
    ++handled;
}

static sigset_t set_of(int signal) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

static int is_pending(int signal) {
    sigset_t pending;
    expect_success("sigpending", sigpending(&pending));
    return sigismember(&pending, signal);
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = count};
    sigset_t blocked = set_of(SIGUSR1);
    sigaddset(&blocked, SIGUSR2);
    sigaddset(&blocked, SIGRTMIN + 3);
    sigaddset(&blocked, SIGALRM);
    expect_success("sigaction", sigaction(SIGUSR1, &action, NULL));
    expect_success("sigaction", sigaction(SIGALRM, &action, NULL));
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &blocked, NULL));
}

void step(unsigned number) {
    const struct timespec long_time = {.tv_sec = 60}, brief = {.tv_nsec = 2000000};
    const sigset_t second = set_of(SIGUSR2), real_time = set_of(SIGRTMIN + 3);
    siginfo_t info;

    expect("pending before", 0, is_pending(SIGUSR2));
    expect_success("kill", kill(getpid(), SIGUSR2));
    compute();
    expect("pending after", 1, is_pending(SIGUSR2));
    expect("sigtimedwait", SIGUSR2, expect_success("sigtimedwait", sigtimedwait(&second, &info, &long_time)));
    expect("sender", getpid(), info.si_pid);
    expect_error("sigtimedwait of nothing", EAGAIN, sigtimedwait(&second, &info, &brief));

    // Real-time signals queue up in order, each with its value.
    for (int value = 0; value < 3; ++value) {
        const union sigval sent = {.sival_int = (int)number * 3 + value};
        expect_success("sigqueue", sigqueue(getpid(), SIGRTMIN + 3, sent));
    }
    for (int value = 0; value < 3; ++value) {
        expect("sigwaitinfo", SIGRTMIN + 3, expect_success("sigwaitinfo", sigwaitinfo(&real_time, &info)));
        expect("value of a queued signal", (int)number * 3 + value, info.si_value.sival_int);
    }

    // Two of the same are one; it arrives when the mask lets it through.
    sigset_t open_mask, mask = set_of(SIGUSR1), found;
    expect_success("kill", kill(getpid(), SIGUSR1));
    expect_success("kill", kill(getpid(), SIGUSR1));
    expect("handled while blocked", 3 * number, handled);
    expect_success("sigprocmask", sigprocmask(SIG_UNBLOCK, &mask, &found));
    expect("handled after unblocking", 3 * number + 1, handled);
    expect("mask before", 1, sigismember(&found, SIGUSR1));
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &mask, NULL));

    sigemptyset(&open_mask);
    expect_success("kill", kill(getpid(), SIGUSR1));
    expect_error("sigsuspend", EINTR, sigsuspend(&open_mask));
    expect("handled in sigsuspend", 3 * number + 2, handled);
    const struct itimerval soon = {.it_value = {.tv_usec = 3000}};
    expect_success("setitimer", setitimer(ITIMER_REAL, &soon, NULL));
    expect_error("sigsuspend until a timer", EINTR, sigsuspend(&open_mask));
    expect("handled after a timer", 3 * number + 3, handled);
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, NULL, &found));
    expect("mask after sigsuspend", 1, sigismember(&found, SIGUSR1));
}
