// SPDX-License-Identifier: GPL-2.0-or-later
/// Has a context of asynchronous I/O.
#include "guest.h"

#include <linux/aio_abi.h>
#include <sys/syscall.h>

static aio_context_t context;

void set_up(void) {
    if (syscall(SYS_io_setup, 4, &context) == -1) {
        not_here("io_setup is not permitted");
    }
}

void step(unsigned number) {
    struct io_event event;
    struct timespec none = {0};
    expect("io_getevents", 0, expect_success("io_getevents", syscall(SYS_io_getevents, context, 0, 1, &event, &none)));
    compute();
    (void)number;
}
