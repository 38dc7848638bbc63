// SPDX-License-Identifier: GPL-2.0-or-later
/// Reads clocks while a signal handler interrupts that to read them, too: no reading of one is before an earlier one of the
/// other. And hands the clocks memory that is not there yet.
#include "guest.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>

enum { CLOCKS = 6, PAGE = 4096, INTERVAL = 3000 };

/// Nanoseconds. Of the main program, and of the handler.
static volatile int64_t last[CLOCKS];
static volatile int64_t last_in_handler[CLOCKS];
static struct timespec* guarded;
static volatile sig_atomic_t faults;

static int64_t read_clock(unsigned index) {
    static const clockid_t numbers[] = {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_MONOTONIC_COARSE, CLOCK_REALTIME_COARSE};
    struct timespec time_of_clock;
    struct timeval time_of_day;
    switch (index) {
        case 4:
            expect_success("gettimeofday", gettimeofday(&time_of_day, NULL));
            return time_of_day.tv_sec * 1000000000LL + time_of_day.tv_usec * 1000LL;
        case 5:
            return time(NULL) * 1000000000LL;
        default:
            expect_success("clock_gettime", clock_gettime(numbers[index], &time_of_clock));
            return time_of_clock.tv_sec * 1000000000LL + time_of_clock.tv_nsec;
    }
}

static void on_alarm(int signal) {
    (void)signal;
    for (unsigned index = 0; index < CLOCKS; ++index) {
        const int64_t reading = read_clock(index);
        expect_at_least("a handler's clock, after the program's", last[index], reading);
        expect_at_least("a handler's clock", last_in_handler[index], reading);
        last_in_handler[index] = reading;
    }
}

static void on_fault(int signal) {
    (void)signal;
    ++faults;
    expect_success("mprotect", mprotect(guarded, PAGE, PROT_READ | PROT_WRITE));
}

void set_up(void) {
    guarded = expect_memory("mmap", mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    const struct sigaction fault = {.sa_handler = on_fault};
    expect_success("sigaction", sigaction(SIGSEGV, &fault, NULL));
    const struct sigaction alarm = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    expect_success("sigaction", sigaction(SIGALRM, &alarm, NULL));
    const struct itimerval repeated = {{.tv_usec = INTERVAL}, {.tv_usec = INTERVAL}};
    expect_success("setitimer", setitimer(ITIMER_REAL, &repeated, NULL));
}

static void read_into_guarded(clockid_t clock) {
    struct timespec before, after;
    expect_success("mprotect", mprotect(guarded, PAGE, PROT_NONE));
    const sig_atomic_t faults_before = faults;
    expect_success("clock_gettime", clock_gettime(clock, &before));
    // Where it is a system call there is an error in place of the signal.
    if (clock_gettime(clock, guarded) != 0) {
        expect_error("clock_gettime", EFAULT, -1);
        return;
    }
    expect("faults", faults_before + 1, faults);
    expect_success("clock_gettime", clock_gettime(clock, &after));
    expect_at_least("seconds", before.tv_sec, guarded->tv_sec);
    expect_at_least("seconds", guarded->tv_sec, after.tv_sec);
    expect_true("nanoseconds", guarded->tv_nsec >= 0 && guarded->tv_nsec < 1000000000);
}

void step(unsigned number) {
    (void)number;
    for (unsigned round = 0; round < 1000; ++round) {
        for (unsigned index = 0; index < CLOCKS; ++index) {
            const int64_t of_handler = last_in_handler[index];
            const int64_t reading = read_clock(index);
            expect_at_least("the program's clock, after a handler's", of_handler, reading);
            expect_at_least("the program's clock", last[index], reading);
            last[index] = reading;
        }
    }
    read_into_guarded(CLOCK_MONOTONIC);
    read_into_guarded(CLOCK_REALTIME);
}

void finish(void) {
    const struct itimerval never = {{0, 0}, {0, 0}};
    expect_success("setitimer", setitimer(ITIMER_REAL, &never, NULL));
}
