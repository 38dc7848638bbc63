// SPDX-License-Identifier: GPL-2.0-or-later
/// Reads coarse clocks all the time. SIGUSR1 interrupts that: its handler says "in" and computes until SIGUSR2. After it, the
/// program says "out" when it has read each clock again, and "wrong ..." when one has shown an earlier time than before.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CLOCKS = 3 };

static volatile sig_atomic_t is_released;
static volatile sig_atomic_t handled;

static void say(const char* line) {
    if (write(STDOUT_FILENO, line, strlen(line)) < 0) {
        _exit(1);
    }
}

static void compute(int signal) {
    (void)signal;
    is_released = 0;
    say("in\n");
    while (!is_released) {
    }
    ++handled;
}

static void release(int signal) {
    (void)signal;
    is_released = 1;
}

static int64_t read_clock(unsigned index) {
    static const clockid_t numbers[] = {CLOCK_MONOTONIC_COARSE, CLOCK_REALTIME_COARSE};
    struct timespec time_of_clock;
    if (index == CLOCKS - 1) {
        return time(NULL) * 1000000000LL;
    }
    return clock_gettime(numbers[index], &time_of_clock) == 0
               ? time_of_clock.tv_sec * 1000000000LL + time_of_clock.tv_nsec
               : -1;
}

int main(void) {
    const struct sigaction computing = {.sa_handler = compute};
    const struct sigaction releasing = {.sa_handler = release};
    if (sigaction(SIGUSR1, &computing, NULL) != 0 || sigaction(SIGUSR2, &releasing, NULL) != 0) {
        return 1;
    }
    int64_t last[CLOCKS] = {0};
    sig_atomic_t told = 0;
    say("ready\n");
    for (;;) {
        const sig_atomic_t handled_before = handled;
        for (unsigned index = 0; index < CLOCKS; ++index) {
            const int64_t reading = read_clock(index);
            if (reading < last[index]) {
                char line[80];
                snprintf(line, sizeof line, "wrong clock %u: %lld after %lld\n", index, (long long)reading,
                         (long long)last[index]);
                say(line);
            }
            last[index] = reading;
        }
        if (handled_before != told) {
            told = handled_before;
            say("out\n");
        }
    }
}
