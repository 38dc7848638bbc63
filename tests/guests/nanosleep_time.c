// SPDX-License-Identifier: GPL-2.0-or-later
/// Sleeps, in every way there is, never shorter than it asked for.
#include "guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/time.h>

static void on_alarm(int signal) {
    (void)signal;
}

static void add(struct timespec* time, long microseconds) {
    time->tv_nsec += microseconds * 1000;
    time->tv_sec += time->tv_nsec / 1000000000;
    time->tv_nsec %= 1000000000;
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = on_alarm};
    expect_success("sigaction", sigaction(SIGALRM, &action, NULL));
}

void step(unsigned number) {
    const long length = 1000 + (long)(mixed(number) % 8000);
    const struct timespec relative = {.tv_nsec = length * 1000};
    struct timespec time, left = {0};
    int64_t start = now();
    switch (number % 6) {
        case 0:
            expect_success("nanosleep", nanosleep(&relative, NULL));
            break;
        case 1:
            expect("clock_nanosleep", 0, clock_nanosleep(CLOCK_MONOTONIC, 0, &relative, NULL));
            break;
        case 2:
            expect_success("clock_gettime", clock_gettime(CLOCK_MONOTONIC, &time));
            add(&time, length);
            expect("clock_nanosleep", 0, clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL));
            break;
        case 3:
            expect_success("clock_gettime", clock_gettime(CLOCK_REALTIME, &time));
            add(&time, length);
            expect("clock_nanosleep", 0, clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &time, NULL));
            // The two clocks may differ by what somebody has adjusted meanwhile.
            start -= 1000;
            break;
        case 4:
            expect("poll", 0, expect_success("poll", poll(NULL, 0, (int)(length / 1000))));
            start -= length % 1000;
            break;
        default: {
            // A signal ends it early, and the kernel says how much was left.
            // Again and again, as the first may come before the sleep begins.
            const struct itimerval soon = {.it_value = {.tv_usec = 2000}, .it_interval = {.tv_usec = 20000}};
            const struct itimerval never = {0};
            const struct timespec minute = {.tv_sec = 60};
            expect_success("setitimer", setitimer(ITIMER_REAL, &soon, NULL));
            expect_error("nanosleep with a signal", EINTR, nanosleep(&minute, &left));
            const int64_t remaining = (int64_t)left.tv_sec * 1000000 + left.tv_nsec / 1000;
            expect_at_least("slept and remaining time", 60000000 - CLOCK_ERROR, now() - start + remaining);
            expect_at_least("a minute less the remaining time", -CLOCK_ERROR, 60000000 - remaining);
            expect_success("setitimer", setitimer(ITIMER_REAL, &never, NULL));
            return;
        }
    }
    expect_at_least("time that it slept", length - CLOCK_ERROR, now() - start);
}
