// SPDX-License-Identifier: GPL-2.0-or-later
/// Has a POSIX timer that often expires again before its signal has been brought to another node: expirations become overruns
/// (timer_getoverrun(2)), none comes too early, and the program goes on, makes its calls and gets other signals.
#include "guest.h"

#include <signal.h>

enum { NANOSECONDS = 200000 };

static volatile int64_t expirations;
static volatile unsigned others;
static timer_t timer;
static int64_t start;

static void on_timer(int signal, siginfo_t* info, void* context) {
    (void)signal;
    (void)context;
    expirations += 1 + info->si_overrun;
}

static void on_other(int signal) {
    (void)signal;
    ++others;
}

void set_up(void) {
    const struct sigaction action = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_RESTART};
    expect_success("sigaction", sigaction(SIGRTMIN, &action, NULL));
    const struct sigaction other = {.sa_handler = on_other};
    expect_success("sigaction", sigaction(SIGUSR1, &other, NULL));
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    expect_success("timer_create", timer_create(CLOCK_MONOTONIC, &event, &timer));
    const struct itimerspec setting = {.it_value = {.tv_nsec = NANOSECONDS}, .it_interval = {.tv_nsec = NANOSECONDS}};
    start = now();
    expect_success("timer_settime", timer_settime(timer, 0, &setting, NULL));
}

void step(unsigned number) {
    const int64_t before = expirations;
    for (const int64_t begin = now(); expirations == before;) {
        compute();
        have_patience("expiration of a timer", begin);
    }
    const int64_t counted = expirations;
    expect_at_least("expirations that the time allows, less those that came", 0,
                    (now() - start + CLOCK_ERROR) * 1000 / NANOSECONDS - counted);
    expect_success("kill", kill(getpid(), SIGUSR1));
    expect("signals of its own", number + 1, others);
}

void finish(void) {
    expect_success("timer_delete", timer_delete(timer));
    const int64_t last = expirations;
    compute();
    expect("expirations after the timer is gone", last, expirations);
}
