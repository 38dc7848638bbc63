// SPDX-License-Identifier: GPL-2.0-or-later
/// Gets numbered real-time signals complete and in order, from itself and from a child, blocked and not; and two standard
/// signals at the same time, each with its sender.
#include "guest.h"

#include <signal.h>

enum { FIRST = 34, LAST = 64, FROM_CHILD = 200 };

static volatile int last_value[LAST + 1];
static volatile unsigned handled;
static volatile pid_t sender;
static volatile unsigned pairs;

static void take(int signal, siginfo_t* info, void* context) {
    (void)context;
    if (info->si_value.sival_int != last_value[signal] + 1) {
        wrong("number of a real-time signal", last_value[signal] + 1, info->si_value.sival_int);
    }
    last_value[signal] = info->si_value.sival_int;
    ++handled;
}

static void take_one_of_pair(int signal, siginfo_t* info, void* context) {
    (void)signal;
    (void)context;
    if (info->si_code != SI_USER) {
        wrong("code of kill()", SI_USER, info->si_code);
    }
    if (info->si_pid != sender) {
        wrong("sender of a signal", sender, info->si_pid);
    }
    ++pairs;
}

void set_up(void) {
    struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO};
    sigfillset(&action.sa_mask);
    for (int signal = FIRST; signal <= LAST; ++signal) {
        expect_success("sigaction", sigaction(signal, &action, NULL));
    }
    const struct sigaction of_pair = {.sa_sigaction = take_one_of_pair, .sa_flags = SA_SIGINFO};
    expect_success("sigaction", sigaction(SIGUSR1, &of_pair, NULL));
    expect_success("sigaction", sigaction(SIGUSR2, &of_pair, NULL));
}

static void send(pid_t to, int signal, int value) {
    const union sigval number = {.sival_int = value};
    while (sigqueue(to, signal, number) != 0) {
        expect("error of sigqueue", EAGAIN, errno);
        usleep(100);
    }
}

static void from_itself(void) {
    sigset_t all, old, pending;
    sigfillset(&all);
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &all, &old));
    const unsigned before = handled;
    unsigned sent = 0;
    for (int round = 1; round <= 3; ++round) {
        for (int signal = FIRST; signal <= LAST; signal += 3, ++sent) {
            send(getpid(), signal, last_value[signal] + round);
        }
    }
    compute();
    expect_success("sigpending", sigpending(&pending));
    for (int signal = FIRST; signal <= LAST; ++signal) {
        expect("pending", (signal - FIRST) % 3 == 0, sigismember(&pending, signal));
    }
    expect_success("sigprocmask", sigprocmask(SIG_SETMASK, &old, NULL));
    expect("signals that were opened", before + sent, handled);
}

static void from_child(void) {
    const unsigned before = handled;
    const int first = last_value[FIRST + 1];
    const pid_t self = getpid(), child = fork_child();
    if (child == 0) {
        for (int value = 1; value <= FROM_CHILD; ++value) {
            send(self, FIRST + 1, first + value);
        }
        _exit(0);
    }
    for (const int64_t start = now(); handled < before + FROM_CHILD;) {
        getppid();
        have_patience("signals of the child", start);
    }
    expect_exit("child that sends signals", child, 0);
}

static void pair_from_child(void) {
    sigset_t pair, old;
    sigemptyset(&pair);
    sigaddset(&pair, SIGUSR1);
    sigaddset(&pair, SIGUSR2);
    // Not before it is known who sends them.
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &pair, &old));
    const unsigned before = pairs;
    const pid_t self = getpid(), child = fork_child();
    if (child == 0) {
        kill(self, SIGUSR1);
        kill(self, SIGUSR2);
        _exit(0);
    }
    sender = child;
    expect_success("sigprocmask", sigprocmask(SIG_SETMASK, &old, NULL));
    for (const int64_t start = now(); pairs < before + 2;) {
        getppid();
        have_patience("two signals of the child", start);
    }
    expect_exit("child that sends two signals", child, 0);
}

void step(unsigned number) {
    switch (number % 3) {
        case 0:
            from_itself();
            break;
        case 1:
            from_child();
            break;
        default:
            pair_from_child();
            break;
    }
}
