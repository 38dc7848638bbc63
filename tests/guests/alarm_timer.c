// SPDX-License-Identifier: GPL-2.0-or-later
/// Counts the ticks of an interval timer against the clock: never more than the time allows, never early, none for
/// ever.
#include "guest.h"

#include <signal.h>
#include <sys/time.h>

enum { INTERVAL = 4000, ROUND = 25 };

static volatile unsigned ticks;
static int64_t start;
static volatile int64_t one_shot_at;

static void tick(int signal) {
    (void)signal;
    ++ticks;
}

static void set_interval(long first, long interval) {
    const struct itimerval timer = {.it_value = {.tv_sec = first / 1000000, .tv_usec = first % 1000000},
                                    .it_interval = {.tv_usec = interval}};
    expect_success("setitimer", setitimer(ITIMER_REAL, &timer, NULL));
}

/// One tick after a time that spans moves: it must not come early, and it must come.
static void wait_for_one_shot(void) {
    const unsigned before = ticks;
    const long length = 30000;
    struct itimerval left;
    start = now();
    set_interval(length, 0);
    while (ticks == before) {
        expect_success("getitimer", getitimer(ITIMER_REAL, &left));
        if (left.it_value.tv_usec > length) {
            wrong("remaining time", length, left.it_value.tv_usec);
        }
        compute();
        have_patience("tick of a timer", start);
    }
    expect_at_least("time until the tick", length - CLOCK_ERROR, now() - start);
    // After alarm(), a timer that was set to a minute has that much left, rounded up.
    alarm(60);
    compute();
    const unsigned remaining = alarm(0);
    expect_at_least("remaining seconds of alarm()", 60 - PATIENCE / 1000000, remaining);
    expect_at_least("60 less the remaining seconds of alarm()", 0, 60 - (long)remaining);
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
    expect_success("sigaction", sigaction(SIGALRM, &action, NULL));
}

void step(unsigned number) {
    if (number % ROUND == 0) {
        set_interval(0, 0);
        wait_for_one_shot();
        ticks = 0;
        start = now();
        set_interval(INTERVAL, INTERVAL);
    }
    // Ticks that nobody could take are lost, so that there may be fewer; but there is always a next one.
    for (const unsigned before = ticks; ticks == before;) {
        compute();
        have_patience("tick of an interval timer", start);
    }
    const unsigned counted = ticks;
    expect_at_least("ticks that the time allows, less those that came", 0,
                    (now() - start + CLOCK_ERROR) / INTERVAL - counted);
}

void finish(void) {
    set_interval(0, 0);
}
