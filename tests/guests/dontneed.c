// SPDX-License-Identifier: GPL-2.0-or-later
/// Gives pages back with madvise(): they read as zero afterwards, and their neighbours stay, as all do in calls that fail.
#include "guest.h"

#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 64 };

static char* memory;
static bool is_empty[PAGES];

void set_up(void) {
    memory = expect_memory(
        "mmap", mmap(NULL, (size_t)PAGE * PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (unsigned page = 0; page < PAGES; ++page) {
        fill_pattern(memory + (size_t)page * PAGE, PAGE, page);
    }
}

static void fail(char* page) {
    char* middle = page + PAGE / 2;
    expect_error("madvise from the middle of a page", EINVAL, madvise(middle, PAGE, MADV_DONTNEED));
    expect_error("munmap from the middle of a page", EINVAL, munmap(middle, PAGE));
    expect_error("munmap beyond all addresses", EINVAL, munmap(page, (size_t)-PAGE));
    const void* there = mmap(middle, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    expect_error("mmap in the middle of a page", EINVAL, there == MAP_FAILED ? -1 : 0);
}

void step(unsigned number) {
    const unsigned first = (unsigned)(mixed(number) % PAGES);
    const unsigned count = 1 + (unsigned)(mixed(number + 1000000) % 4);
    for (unsigned page = first; page < PAGES && page < first + count; ++page) {
        if (number % 3 == 0) {
            fill_pattern(memory + (size_t)page * PAGE, PAGE, page);
            is_empty[page] = false;
        } else {
            expect_success("madvise", madvise(memory + (size_t)page * PAGE, PAGE, MADV_DONTNEED));
            is_empty[page] = true;
        }
    }
    fail(memory + (size_t)PAGE * first);
    static const char zeros[PAGE];
    for (unsigned page = 0; page < PAGES; ++page) {
        if (is_empty[page]) {
            expect("page that was given back", 0, memcmp(memory + (size_t)page * PAGE, zeros, PAGE));
        } else {
            check_pattern("page that was not given back", memory + (size_t)page * PAGE, PAGE, page);
        }
    }
}
