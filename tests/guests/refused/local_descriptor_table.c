// SPDX-License-Identifier: GPL-2.0-or-later
/// Has a segment in its local descriptor table.
#include "guest.h"

#include <asm/ldt.h>
#include <sys/syscall.h>

static int data[1024];

void set_up(void) {
    data[3] = 4711;
    const struct user_desc descriptor = {.entry_number = 5,
                                         .base_addr = (unsigned)(uintptr_t)data,
                                         .limit = sizeof data - 1,
                                         .seg_32bit = 1,
                                         .useable = 1};
    if (syscall(SYS_modify_ldt, 1, &descriptor, sizeof descriptor) != 0 && errno == ENOSYS) {
        not_here("this kernel has no modify_ldt");
    }
    struct user_desc table[8];
    expect_at_least("bytes of the table", 1, expect_success("modify_ldt", syscall(SYS_modify_ldt, 0, table, sizeof table)));
}

void step(unsigned number) {
    (void)number;
    compute();
#ifdef __i386__
    int value = 0;
    const unsigned selector = 5 * 8 + 7;
    __asm__ volatile("movw %w1, %%fs\n movl %%fs:12, %0" : "=r"(value) : "r"(selector));
    expect("what the segment shows", 4711, value);
#endif
}
