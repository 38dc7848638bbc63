// SPDX-License-Identifier: GPL-2.0-or-later
/// Shares writable memory with a child.
#include "guest.h"

#include <sys/mman.h>

static volatile unsigned* shared;

void set_up(void) {
    shared = expect_memory("mmap", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    if (fork_child() == 0) {
        for (;;) {
            // Answers each number with the one that is its complement.
            shared[1] = ~shared[0];
            usleep(200);
        }
    }
}

void step(unsigned number) {
    const int64_t start = now();
    shared[0] = number;
    while (shared[1] != ~number) {
        usleep(200);
        have_patience("answer of the child", start);
    }
}
