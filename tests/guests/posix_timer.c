// SPDX-License-Identifier: GPL-2.0-or-later
/// Counts the expirations of POSIX timers, and those that were overrun, against the clock.
#include "guest.h"

#include <signal.h>

enum { INTERVAL = 4000, VALUE = 4711 };

static volatile int64_t expirations;
static volatile int wrong_value;
static timer_t timer;
static int64_t start;

static void on_timer(int signal, siginfo_t* info, void* context) {
    (void)signal;
    (void)context;
    if (info->si_code != SI_TIMER || info->si_value.sival_int != VALUE) {
        wrong_value = info->si_value.sival_int;
    }
    expirations += 1 + info->si_overrun;
}

void set_up(void) {
    const struct sigaction action = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_RESTART};
    expect_success("sigaction", sigaction(SIGRTMIN, &action, NULL));
    wrong_value = VALUE;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    event.sigev_value.sival_int = VALUE;
    expect_success("timer_create", timer_create(CLOCK_MONOTONIC, &event, &timer));
    const struct itimerspec setting = {.it_value = {.tv_nsec = INTERVAL * 1000},
                                       .it_interval = {.tv_nsec = INTERVAL * 1000}};
    start = now();
    expect_success("timer_settime", timer_settime(timer, 0, &setting, NULL));
}

void step(unsigned number) {
    const int64_t before = expirations;
    for (const int64_t begin = now(); expirations == before;) {
        compute();
        have_patience("expiration of a timer", begin);
    }
    expect("value of the timer's signal", VALUE, wrong_value);
    const int64_t counted = expirations;
    expect_at_least("expirations that the time allows, less those that came", 0,
                    (now() - start + CLOCK_ERROR) / INTERVAL - counted);
    struct itimerspec setting;
    expect_success("timer_gettime", timer_gettime(timer, &setting));
    expect("interval", INTERVAL * 1000, setting.it_interval.tv_nsec);
    expect_at_least("interval less the remaining time", 0, INTERVAL * 1000 - setting.it_value.tv_nsec);

    // A timer without a signal, on another clock and to a point in time.
    struct sigevent silent = {.sigev_notify = SIGEV_NONE};
    timer_t second;
    struct itimerspec absolute = {0};
    expect_success("timer_create", timer_create(CLOCK_REALTIME, &silent, &second));
    expect_success("clock_gettime", clock_gettime(CLOCK_REALTIME, &absolute.it_value));
    absolute.it_value.tv_sec += 1000;
    expect_success("timer_settime", timer_settime(second, TIMER_ABSTIME, &absolute, NULL));
    expect_success("timer_gettime", timer_gettime(second, &absolute));
    expect_true("remaining time of a thousand seconds",
                absolute.it_value.tv_sec <= 1000 && absolute.it_value.tv_sec > 1000 - PATIENCE / 1000000);
    expect_success("timer_delete", timer_delete(second));
    (void)number;
}

void finish(void) {
    expect_success("timer_delete", timer_delete(timer));
}
