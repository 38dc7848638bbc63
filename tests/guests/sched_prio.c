// SPDX-License-Identifier: GPL-2.0-or-later
/// Asks for its priority and its scheduling, and changes its niceness, which stays changed.
#include "guest.h"

#include <sched.h>
#include <sys/resource.h>

static int first_nice;

void set_up(void) {
    errno = 0;
    first_nice = getpriority(PRIO_PROCESS, 0);
    expect("getpriority", 0, errno);
}

void step(unsigned number) {
    struct sched_param parameters = {.sched_priority = 99};
    const int wanted = first_nice + (int)(number / 8 < 5 ? number / 8 : 5);
    if (wanted < 20) {
        expect_success("setpriority", setpriority(PRIO_PROCESS, 0, wanted));
        errno = 0;
        expect("getpriority", wanted, getpriority(PRIO_PROCESS, 0));
        expect("error of getpriority", 0, errno);
    }
    expect("policy", SCHED_OTHER, expect_success("sched_getscheduler", sched_getscheduler(0)));
    expect_success("sched_getparam", sched_getparam(0, &parameters));
    expect("real-time priority", 0, parameters.sched_priority);
    expect("highest priority of SCHED_FIFO", 99, sched_get_priority_max(SCHED_FIFO));
    expect_success("sched_yield", sched_yield());
    compute();
}
