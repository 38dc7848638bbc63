// SPDX-License-Identifier: GPL-2.0-or-later
/// Reads every clock of time that passes again and again, by the vDSO and by system calls: none ever goes back. Clocks of
/// processor time are not among them: at home the kernel counts only what was used there (docs/migration.md).
#include "guest.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>

enum { CLOCKS = 6 };

static const struct {
    clockid_t number;
    const char* name;
} clocks[CLOCKS] = {
    {CLOCK_MONOTONIC, "CLOCK_MONOTONIC"},
    {CLOCK_BOOTTIME, "CLOCK_BOOTTIME"},
    {CLOCK_REALTIME, "CLOCK_REALTIME"},
    {CLOCK_MONOTONIC_RAW, "CLOCK_MONOTONIC_RAW"},
    {CLOCK_MONOTONIC_COARSE, "CLOCK_MONOTONIC_COARSE"},
    {CLOCK_REALTIME_COARSE, "CLOCK_REALTIME_COARSE"},
};

static int64_t last[CLOCKS];
static int64_t last_called[CLOCKS];
static int64_t last_time_of_day;
static int64_t last_time;
static int64_t last_ticks;
/// BOOTTIME minus MONOTONIC is the time asleep: nobody sleeps here.
static int64_t first_difference;

static void look(int64_t* earlier, const char* clock, int64_t reading) {
    expect_at_least(clock, *earlier, reading);
    *earlier = reading;
}

static int64_t by_system_call(clockid_t clock) {
    long time[2] = {0, 0};
    expect_success("clock_gettime", syscall(SYS_clock_gettime, clock, time));
    return (int64_t)time[0] * 1000000 + time[1] / 1000;
}

static int64_t difference(void) {
    return microseconds(CLOCK_BOOTTIME) - microseconds(CLOCK_MONOTONIC);
}

void set_up(void) {
    first_difference = difference();
}

void step(unsigned number) {
    (void)number;
    for (unsigned round = 0; round < 50; ++round) {
        for (unsigned index = 0; index < CLOCKS; ++index) {
            look(&last[index], clocks[index].name, microseconds(clocks[index].number));
        }
        struct timeval time_of_day;
        expect_success("gettimeofday", gettimeofday(&time_of_day, NULL));
        look(&last_time_of_day, "gettimeofday", (int64_t)time_of_day.tv_sec * 1000000 + time_of_day.tv_usec);
        look(&last_time, "time", time(NULL));
    }
    for (unsigned index = 0; index < CLOCKS; ++index) {
        look(&last_called[index], clocks[index].name, by_system_call(clocks[index].number));
    }
    // What the vDSO says lies between two answers of the system.
    const int64_t before = by_system_call(CLOCK_MONOTONIC), between = now(), after = by_system_call(CLOCK_MONOTONIC);
    expect_at_least("monotonic clock by the vDSO", before, between);
    expect_at_least("monotonic clock by a system call", between, after);
    const int64_t drift = difference() - first_difference;
    expect_true("boot time goes on as the monotonic clock does", drift > -1000000 && drift < 1000000);

    struct tms ticks;
    look(&last_ticks, "times", (int64_t)times(&ticks));
    compute();
}
