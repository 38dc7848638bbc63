// SPDX-License-Identifier: GPL-2.0-or-later
/// Stops a periodic timer and then lets its signal end the program, as interpreters do at their end: the kernel delivers
/// every signal of the timer before setitimer() returns.
#include "guest.h"

#include <signal.h>
#include <sys/time.h>

static volatile unsigned handled;

static void count(int signal) {
    (void)signal;
    ++handled;
}

void step(unsigned number) {
    const struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
    const struct itimerval none = {0};
    const struct itimerval timer = {.it_interval = {.tv_usec = 1500}, .it_value = {.tv_usec = 1 + number % 1500}};
    expect_success("sigaction", sigaction(SIGALRM, &action, NULL));
    expect_success("setitimer", setitimer(ITIMER_REAL, &timer, NULL));
    for (unsigned i = 0; i < 3; ++i) {
        compute();
    }
    expect_success("setitimer", setitimer(ITIMER_REAL, &none, NULL));
    const unsigned before = handled;
    compute();
    expect("signals after the timer was stopped", before, handled);
    signal(SIGALRM, SIG_DFL);
    compute();
}
