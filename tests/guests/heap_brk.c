// SPDX-License-Identifier: GPL-2.0-or-later
/// Grows and shrinks the heap by brk(), and keeps what is in it.
#include "guest.h"

enum { BLOCK = 24 * 1024, MOST_BLOCKS = 40 };

static char* start;
static unsigned blocks;

void set_up(void) {
    // The library's allocator must not want the heap's end for itself.
    start = expect_memory("sbrk", sbrk(0));
    start += -(uintptr_t)start % 4096;
    expect_success("brk", brk(start));
}

void step(unsigned number) {
    if (number % (2 * MOST_BLOCKS) < MOST_BLOCKS) {
        char* block = start + (size_t)blocks * BLOCK;
        expect_success("brk to grow", brk(block + BLOCK));
        expect("end of the heap", (intptr_t)(block + BLOCK), (intptr_t)sbrk(0));
        for (unsigned position = 0; position < BLOCK; ++position) {
            expect("byte of a page that is new to the heap", 0, block[position]);
        }
        fill_pattern(block, BLOCK, blocks);
        ++blocks;
    } else {
        --blocks;
        check_pattern("heap, last block", start + (size_t)blocks * BLOCK, BLOCK, blocks);
        expect_success("brk to shrink", brk(start + (size_t)blocks * BLOCK));
    }
    for (unsigned block = 0; block < blocks; ++block) {
        check_pattern("heap", start + (size_t)block * BLOCK, BLOCK, block);
    }
}
