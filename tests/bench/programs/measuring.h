// SPDX-License-Identifier: GPL-2.0-or-later
// What the programs that measure have in common.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void fail(const char* what) {
    perror(what);
    exit(1);
}

/// CLOCK_MONOTONIC in seconds.
static inline double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/// Of two doubles, for qsort().
static inline int compare(const void* left, const void* right) {
    const double difference = *(const double*)left - *(const double*)right;
    return (difference > 0) - (difference < 0);
}
