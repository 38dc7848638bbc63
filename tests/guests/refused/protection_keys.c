// SPDX-License-Identifier: GPL-2.0-or-later
/// Has memory under a protection key of its own.
#include "guest.h"

#include <sys/mman.h>

enum { PAGE = 4096 };

static char* area;

void set_up(void) {
    const int key = pkey_alloc(0, 0);
    if (key < 0) {
        not_here("no protection keys");
    }
    area = expect_memory("mmap", mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    expect_success("pkey_mprotect", pkey_mprotect(area, PAGE, PROT_READ | PROT_WRITE, key));
}

void step(unsigned number) {
    *area = (char)number;
    compute();
    expect("byte under a key", (char)number, *area);
}
