// SPDX-License-Identifier: GPL-2.0-or-later
/// Has a second thread.
#include "guest.h"

#include <pthread.h>

static volatile unsigned rounds;

static void* run(void* nothing) {
    for (;;) {
        ++rounds;
        usleep(1000);
    }
    return nothing;
}

void set_up(void) {
    pthread_t thread;
    expect("pthread_create", 0, pthread_create(&thread, NULL, run, NULL));
}

void step(unsigned number) {
    const unsigned before = rounds;
    const int64_t start = now();
    compute();
    while (rounds == before) {
        usleep(500);
        have_patience("progress of the second thread", start);
    }
    (void)number;
}
