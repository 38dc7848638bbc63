// SPDX-License-Identifier: GPL-2.0-or-later
/// Counts the ticks of a timer of its own processor time: it never ticks before so much of that has passed.
#include "guest.h"

#include <signal.h>
#include <sys/time.h>

enum { LENGTH = 20000 };

static volatile unsigned ticks[65];

static void tick(int signal) {
    ++ticks[signal];
}

static void wait_for(int which, int signal) {
    const struct itimerval timer = {.it_value = {.tv_usec = LENGTH}};
    const unsigned before = ticks[signal];
    const int64_t begin = now();
    expect_success("setitimer", setitimer(which, &timer, NULL));
    while (ticks[signal] == before) {
        compute();
        have_patience("tick of a timer of processor time", begin);
    }
    // One thread has no more processor time than time passes. The kernel counts in its own ticks of up to 10 ms.
    expect_at_least("time until the tick", LENGTH - 10000, now() - begin);
    expect("ticks", before + 1, ticks[signal]);
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
    expect_success("sigaction", sigaction(SIGVTALRM, &action, NULL));
    expect_success("sigaction", sigaction(SIGPROF, &action, NULL));
}

void step(unsigned number) {
    if (number % 2 == 0) {
        wait_for(ITIMER_VIRTUAL, SIGVTALRM);
    } else {
        wait_for(ITIMER_PROF, SIGPROF);
    }
}
