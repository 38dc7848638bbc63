// SPDX-License-Identifier: GPL-2.0-or-later
/// Needs more and more stack, while pages of its data may still be on their way; the stack stays one mapping.
#include "guest.h"

#include <sys/resource.h>

enum { FRAME = 4000, FIRST_DEPTH = 20, STEPS_PER_FRAME = 2, DATA = 32 << 20, PAGE = 4096 };

static unsigned deepest;
static char* data;

static void __attribute__((noinline)) descend(unsigned depth, unsigned number) {
    volatile unsigned char frame[FRAME];
    frame[0] = (unsigned char)(depth + number);
    frame[FRAME - 1] = (unsigned char)depth;
    if (depth > 0) {
        descend(depth - 1, number);
    } else {
        compute();
    }
    expect("first byte of a frame", (unsigned char)(depth + number), frame[0]);
    expect("last byte of a frame", (unsigned char)depth, frame[FRAME - 1]);
}

/// What lies directly below the stack in /proc/self/maps would be a part of it that was split off.
static void expect_one_stack(void) {
    FILE* maps = expect_memory("fopen", fopen("/proc/self/maps", "r"));
    char line[512];
    unsigned long end = 0;
    bool is_found = false;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long first = 0;
        unsigned long last = 0;
        expect("addresses in a line of maps", 2, sscanf(line, "%lx-%lx", &first, &last));
        if (strstr(line, "[stack]") != NULL) {
            is_found = true;
            expect_true("the stack is one mapping", first != end);
        }
        end = last;
    }
    expect_true("there is a stack in maps", is_found);
    fclose(maps);
}

void set_up(void) {
    struct rlimit limit;
    expect_success("getrlimit", getrlimit(RLIMIT_STACK, &limit));
    const rlim_t usual = 8U << 20U;
    deepest = (unsigned)((limit.rlim_cur < usual ? limit.rlim_cur : usual) / PAGE * 9 / 10);
    data = expect_memory("malloc", malloc(DATA));
    for (size_t place = 0; place < DATA; place += PAGE) {
        data[place] = (char)(place / PAGE);
    }
}

void step(unsigned number) {
    const unsigned depth = FIRST_DEPTH + number / STEPS_PER_FRAME;
    descend(depth < deepest ? depth : deepest, number);
    const size_t place = (size_t)(mixed(number) % (DATA / PAGE)) * PAGE;
    expect("byte of the data", (char)(place / PAGE), data[place]);
}

void finish(void) {
    expect_one_stack();
    descend(deepest, 1);
    expect_one_stack();
}
