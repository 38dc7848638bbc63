// SPDX-License-Identifier: GPL-2.0-or-later
/// Has mappings without reserve that are larger than any node's memory, with pages here and there in them, and forks.
#include "guest.h"

#include <sys/mman.h>

enum { MOST = 20000, PER_STEP = 3, STEPS_OF_A_ROUND = 40 };

/// 16 TiB, as sanitizers have them; on i386 half of what there is.
static const size_t size = sizeof(void*) == 8 ? (size_t)1 << 22U << 22U : (size_t)1 << 30U;

static char* first;
static char* second;
static size_t places[MOST];
static unsigned count;

static char* reserve(void) {
    return expect_memory("mmap",
                         mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}

static char* memory_of(unsigned which) {
    return which % 2 == 0 ? first : second;
}

static void check(unsigned which) {
    expect("byte of a sparse mapping", (char)(which * 7 + 1), memory_of(which)[places[which]]);
}

void set_up(void) {
    first = reserve();
    second = reserve();
}

void step(unsigned number) {
    for (unsigned i = 0; i < PER_STEP && count < MOST; ++i, ++count) {
        places[count] = (size_t)(mixed(count) % size);
        // Two in one page keep apart, as places are of bytes.
        memory_of(count)[places[count]] = (char)(count * 7 + 1);
    }
    compute();
    check((unsigned)(mixed(number) % count));
    check(count - 1);
    if (number % STEPS_OF_A_ROUND == STEPS_OF_A_ROUND - 1) {
        const pid_t child = fork_child();
        if (child == 0) {
            check(0);
            check(count - 1);
            _exit(0);
        }
        expect_exit("child", child, 0);
        expect_success("munmap", munmap(second, size));
        expect_success("munmap", munmap(first, size));
        first = reserve();
        second = reserve();
        count = 0;
    }
}
