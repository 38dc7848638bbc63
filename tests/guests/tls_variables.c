// SPDX-License-Identifier: GPL-2.0-or-later
/// Thread-local variables, which are reached by a segment register, and errno, which is one of them.
#include "guest.h"

#include <asm/prctl.h>
#include <sys/syscall.h>

static _Thread_local unsigned counter = 5;
static _Thread_local char area[3000];

void step(unsigned number) {
    check_pattern("thread-local area", area, number == 0 ? 0 : sizeof area, number);
    for (unsigned round = 0; round < 100000; ++round) {
        ++counter;
        __asm__ volatile("" : : : "memory");
    }
    expect("thread-local counter", 5 + 100000 * (number + 1), counter);
    fill_pattern(area, sizeof area, number + 1);
    // A failing call sets errno through the segment register, a right one leaves it.
    expect_error("close", EBADF, close(-1));
    getppid();
    expect("errno", EBADF, errno);
#ifdef __x86_64__
    unsigned long base = 0;
    expect_success("arch_prctl", syscall(SYS_arch_prctl, ARCH_GET_FS, &base));
    unsigned long self = 0;
    __asm__("mov %%fs:0, %0" : "=r"(self));
    expect("base of %fs", (long long)self, (long long)base);
#endif
}
