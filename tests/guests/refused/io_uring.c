// SPDX-License-Identifier: GPL-2.0-or-later
/// Has a ring of io_uring.
#include "guest.h"

#include <linux/io_uring.h>
#include <sys/syscall.h>

void set_up(void) {
    struct io_uring_params parameters = {0};
    if (syscall(SYS_io_uring_setup, 4, &parameters) == -1) {
        not_here("io_uring is not permitted");
    }
}

void step(unsigned number) {
    compute();
    (void)number;
}
