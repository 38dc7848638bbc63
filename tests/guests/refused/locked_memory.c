// SPDX-License-Identifier: GPL-2.0-or-later
/// Has memory that must not leave the RAM.
#include "guest.h"

#include <sys/mman.h>

static char* memory;

void set_up(void) {
    memory = expect_memory("mmap", mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (mlock(memory, 16384) == -1) {
        not_here("memory cannot be locked");
    }
}

void step(unsigned number) {
    fill_pattern(memory, 16384, number);
    compute();
    check_pattern("locked memory", memory, 16384, number);
}
