// SPDX-License-Identifier: GPL-2.0-or-later
/// Keeps 64 MiB, reads and rewrites parts of them in each step, and reads all in the end.
#include "guest.h"

#include <sys/mman.h>

enum { BLOCK = 64 * 1024, BLOCKS = 1024 };

static char* memory;
static uint64_t seeds[BLOCKS];

void set_up(void) {
    memory = expect_memory(
        "mmap", mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (unsigned block = 0; block < BLOCKS; ++block) {
        seeds[block] = block;
        fill_pattern(memory + (size_t)block * BLOCK, BLOCK, block);
    }
}

static void check(unsigned block) {
    check_pattern("block of 64 MiB", memory + (size_t)block * BLOCK, BLOCK, seeds[block]);
}

void step(unsigned number) {
    for (unsigned read = 0; read < 4; ++read) {
        check((unsigned)(mixed(number * 4 + read) % BLOCKS));
    }
    const unsigned rewritten = (unsigned)(mixed(number + 1000000) % BLOCKS);
    seeds[rewritten] = number;
    fill_pattern(memory + (size_t)rewritten * BLOCK, BLOCK, number);
}

void finish(void) {
    for (unsigned block = 0; block < BLOCKS; ++block) {
        check(block);
    }
}
