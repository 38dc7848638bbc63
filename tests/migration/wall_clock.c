// SPDX-License-Identifier: GPL-2.0-or-later
/// Answers each line on its standard input with what its wall clock shows by each way to read it, in microseconds. The line
/// "w" it answers with one that says so, and then as the others when CLOCK_REALTIME has been set: until then it makes no
/// system call.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t clock) {
    struct timespec time;
    return clock_gettime(clock, &time) == 0 ? time.tv_sec * 1000000LL + time.tv_nsec / 1000 : -1;
}

static int64_t difference(void) {
    return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
}

int main(void) {
    char line[16];
    while (fgets(line, sizeof line, stdin) != NULL) {
        const int64_t before = difference();
        if (line[0] == 'w') {
            puts("waits");
            fflush(stdout);
            for (int64_t change = 0; change < 100000000 && change > -100000000;) {
                change = difference() - before;
            }
        }
        struct timeval time_of_day;
        long by_call[2];
        if (gettimeofday(&time_of_day, NULL) != 0 || syscall(SYS_clock_gettime, CLOCK_REALTIME, by_call) != 0) {
            return 1;
        }
        printf("%lld %lld %lld %lld %lld\n", (long long)read_clock(CLOCK_REALTIME),
               (long long)read_clock(CLOCK_REALTIME_COARSE), time_of_day.tv_sec * 1000000LL + time_of_day.tv_usec,
               (long long)time(NULL) * 1000000LL, by_call[0] * 1000000LL + by_call[1] / 1000);
        if (fflush(stdout) != 0) {
            return 1;
        }
    }
    return 0;
}
