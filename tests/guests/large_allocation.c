// SPDX-License-Identifier: GPL-2.0-or-later
/// A program of 32 bits gets most of its address space in one piece.
#include "guest.h"

#include <sys/mman.h>

enum { PAGE = 4096 };

static size_t size = (size_t)2900 << 20U;

static char* reserve(void) {
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

void set_up(void) {
    // Under a kernel of 32 bits it is less.
    while (size > (size_t)256 << 20U) {
        char* memory = reserve();
        if (memory != MAP_FAILED) {
            expect_success("munmap", munmap(memory, size));
            // Where the kernel puts things differs a little from one start of a program to the next.
            size -= (size_t)64 << 20U;
            return;
        }
        size -= (size_t)64 << 20U;
    }
    not_here("no large piece of address space at all");
}

void step(unsigned number) {
    char* memory = expect_memory("mmap", reserve());
    memory[0] = (char)number;
    memory[size - 1] = (char)(number + 1);
    compute();
    expect("first byte", (char)number, memory[0]);
    expect("last byte", (char)(number + 1), memory[size - 1]);
    expect_success("munmap", munmap(memory, size));
}
