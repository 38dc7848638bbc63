// SPDX-License-Identifier: GPL-2.0-or-later
/// Signals that come at about the moment at which a call begins to wait: before it, their handler ends the wait; within
/// it, they interrupt it; blocked, they are there for whoever asks.
#include "guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/time.h>

static int pipe_ends[2];
static volatile sig_atomic_t handled;

static void on_alarm(int signal) {
    (void)signal;
    ++handled;
    write_all(pipe_ends[1], "x", 1);
}

/// Calculates for about as long as it takes until the signal of this number of microseconds comes.
static void arm_and_compute(long microseconds) {
    const struct itimerval soon = {.it_value = {.tv_usec = microseconds}};
    const int64_t start = now();
    expect_success("setitimer", setitimer(ITIMER_REAL, &soon, NULL));
    while (now() - start < microseconds) {
    }
}

static void take_byte(void) {
    char byte = 0;
    read_all(pipe_ends[0], &byte, 1);
    expect("byte", 'x', byte);
}

static void block(int how) {
    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    expect_success("sigprocmask", sigprocmask(how, &alarm_only, NULL));
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    expect_success("sigaction", sigaction(SIGALRM, &action, NULL));
    expect_success("pipe", pipe(pipe_ends));
}

void step(unsigned number) {
    const long length = 1500 + (long)(mixed(number) % 2000);
    const int before = handled;
    sigset_t alarm_only, open_mask;
    sigemptyset(&open_mask);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    switch (number % 3) {
        case 0:
            // Whenever it comes, there is a byte to read.
            arm_and_compute(length);
            take_byte();
            break;
        case 1: {
            // It comes before the mask is set, and has been handled, or after that, and waits.
            const struct timespec minute = {.tv_sec = 60};
            arm_and_compute(length);
            block(SIG_BLOCK);
            if (handled == before) {
                expect("sigtimedwait", SIGALRM,
                       expect_success("sigtimedwait", sigtimedwait(&alarm_only, NULL, &minute)));
                expect("handled after sigtimedwait", before, handled);
                ++handled;
                write_all(pipe_ends[1], "x", 1);
            }
            block(SIG_UNBLOCK);
            take_byte();
            break;
        }
        default: {
            // Only the call lets it through.
            const struct timespec minute = {.tv_sec = 60};
            struct pollfd file = {.fd = pipe_ends[0], .events = POLLIN};
            arm_and_compute(length);
            block(SIG_BLOCK);
            if (handled == before) {
                expect_error("ppoll with a signal", EINTR, ppoll(&file, 1, &minute, &open_mask));
            }
            block(SIG_UNBLOCK);
            take_byte();
        }
    }
    expect("handled", before + 1, handled);
}
