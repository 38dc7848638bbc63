// SPDX-License-Identifier: GPL-2.0-or-later
/// Computes at the bottom of 4 MiB of stack, and finds every frame as it left it.
#include "guest.h"

enum { DEPTH = 1024, FRAME = 4000 };

static void __attribute__((noinline)) descend(unsigned depth, unsigned number) {
    volatile unsigned char frame[FRAME];
    for (unsigned position = 0; position < FRAME; position += 500) {
        frame[position] = (unsigned char)(depth * 7 + number + position);
    }
    if (depth < DEPTH) {
        descend(depth + 1, number);
    } else {
        compute();
    }
    for (unsigned position = 0; position < FRAME; position += 500) {
        expect("byte of the stack", (unsigned char)(depth * 7 + number + position), frame[position]);
    }
}

void step(unsigned number) {
    descend(0, number);
}
