// SPDX-License-Identifier: GPL-2.0-or-later
/// Computes, and says again and again how much of a processor's time it has used by what each of clock_gettime, getrusage
/// and times tells it, in microseconds, and how much its children have (none). Usage: processor_time [HOW_OFTEN]
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 3000000 };

static long long used_by(int who) {
    struct rusage usage;
    if (getrusage(who, &usage) != 0) {
        return -1;
    }
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

int main(int argc, char **argv) {
    volatile uint64_t number = 1;
    for (long left = argc > 1 ? atol(argv[1]) : -1; left != 0; --left) {
        for (unsigned round = 0; round < ROUNDS; ++round) {
            number = number * 6364136223846793005ULL + 1442695040888963407ULL;
        }
        struct timespec clock;
        struct tms ticks;
        if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &clock) != 0 || times(&ticks) == (clock_t)-1) {
            return 1;
        }
        printf("%lld %lld %lld %lld\n", clock.tv_sec * 1000000LL + clock.tv_nsec / 1000, used_by(RUSAGE_SELF),
               (ticks.tms_utime + ticks.tms_stime) * (1000000LL / sysconf(_SC_CLK_TCK)), used_by(RUSAGE_CHILDREN));
        if (fflush(stdout) != 0) {
            return 0;
        }
    }
    return 0;
}
