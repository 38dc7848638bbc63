// SPDX-License-Identifier: GPL-2.0-or-later
/// Follows a chain through 16 MiB in random order: each page is touched when nobody expects it.
#include "guest.h"

#include <sys/mman.h>

enum { COUNT = 2 * 1024 * 1024, HOPS = 2000 };

static uint32_t* next;
static uint32_t place;
static uint64_t hops;

void set_up(void) {
    next = expect_memory(
        "mmap", mmap(NULL, COUNT * 2 * sizeof *next, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    // A linear congruential sequence with a full period (Hull and Dobell): x -> 5 x + 3 modulo a power of two.
    for (uint32_t index = 0; index < COUNT; ++index) {
        next[2 * index] = (5 * index + 3) % COUNT;
        next[2 * index + 1] = ~index;
    }
}

void step(unsigned number) {
    // Far away from where the last step ended.
    place = (uint32_t)(mixed(number) % COUNT);
    for (unsigned hop = 0; hop < HOPS; ++hop, ++hops) {
        const uint32_t expected = (uint32_t)((5 * (uint64_t)place + 3) % COUNT);
        expect("next place", expected, next[2 * place]);
        expect("the place's other number", (uint32_t)~place, next[2 * place + 1]);
        place = (uint32_t)(mixed(hop + place) % COUNT);
    }
}
