// SPDX-License-Identifier: GPL-2.0-or-later
/// Gets numbered real-time signals from a child complete and in order, though only a few may wait at a time
/// (RLIMIT_SIGPENDING).
#include "guest.h"

#include <signal.h>
#include <sys/resource.h>

enum { SIGNAL = 40, MAX_WAITING = 16, FROM_CHILD = 100 };

static volatile int last_value;

static void take(int signal, siginfo_t* info, void* context) {
    (void)signal;
    (void)context;
    if (info->si_value.sival_int != last_value + 1) {
        wrong("number of a real-time signal", last_value + 1, info->si_value.sival_int);
    }
    last_value = info->si_value.sival_int;
}

void set_up(void) {
    struct rlimit few;
    expect_success("getrlimit", getrlimit(RLIMIT_SIGPENDING, &few));
    // The hard limit only an omd with CAP_SYS_RESOURCE lifts, which root has not everywhere.
    few.rlim_cur = MAX_WAITING;
    expect_success("setrlimit", setrlimit(RLIMIT_SIGPENDING, &few));
    const struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO};
    expect_success("sigaction", sigaction(SIGNAL, &action, NULL));
}

static void send_all(pid_t to) {
    for (int value = 1; value <= FROM_CHILD; ++value) {
        const union sigval number = {.sival_int = value};
        while (sigqueue(to, SIGNAL, number) != 0) {
            expect("error of sigqueue", EAGAIN, errno);
            usleep(100);
        }
    }
}

void step(unsigned number) {
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGNAL);
    last_value = 0;
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &set, &old));
    const pid_t self = getpid(), child = fork_child();
    if (child == 0) {
        send_all(self);
        _exit(0);
    }
    for (const int64_t start = now(); last_value < FROM_CHILD;) {
        // As many as may wait meanwhile.
        compute();
        expect_success("sigprocmask", sigprocmask(SIG_SETMASK, &old, NULL));
        expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &set, NULL));
        have_patience("signals of the child", start);
    }
    expect_success("sigprocmask", sigprocmask(SIG_SETMASK, &old, NULL));
    expect_exit("child that sends signals", child, 0);
    (void)number;
}
