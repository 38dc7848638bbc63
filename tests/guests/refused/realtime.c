// SPDX-License-Identifier: GPL-2.0-or-later
/// Is scheduled in real time.
#include "guest.h"

#include <sched.h>

void set_up(void) {
    const struct sched_param parameters = {.sched_priority = 1};
    if (sched_setscheduler(0, SCHED_FIFO, &parameters) == -1) {
        not_here("SCHED_FIFO is not permitted");
    }
}

void step(unsigned number) {
    compute();
    // Leaves the processor to others, which it would otherwise keep for itself.
    usleep(2000);
    expect("policy", SCHED_FIFO, sched_getscheduler(0));
    (void)number;
}
