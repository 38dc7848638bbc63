// SPDX-License-Identifier: GPL-2.0-or-later
/// Uses single pages, far from each other, of 512 MiB: what was never touched reads as zero and costs nothing.
#include "guest.h"

#include <sys/mman.h>

enum { PAGE = 4096, DISTANCE = 1024 * 1024, PLACES = 512 };

static char* memory;
static unsigned written[PLACES];

void set_up(void) {
    memory = expect_memory("mmap", mmap(NULL, (size_t)DISTANCE * PLACES, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}

void step(unsigned number) {
    const unsigned place = (unsigned)(mixed(number) % PLACES);
    char* page = memory + (size_t)place * DISTANCE;
    written[place] = number + 1;
    fill_pattern(page, 128, number + 1);
    for (unsigned look = 0; look < 16; ++look) {
        const unsigned other = (unsigned)(mixed(number * 16 + look) % PLACES);
        const char* there = memory + (size_t)other * DISTANCE;
        if (written[other] != 0) {
            check_pattern("page of a sparse area", there, 128, written[other]);
        } else {
            expect("byte that was never written", 0, there[64]);
        }
        expect("byte behind", 0, there[PAGE + (look % 4) * PAGE]);
    }
    compute();
}
