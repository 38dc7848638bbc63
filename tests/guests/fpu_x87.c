// SPDX-License-Identifier: GPL-2.0-or-later
/// Keeps values on the x87 stack and in its control word over a millisecond of arithmetic.
#include "guest.h"

static unsigned short control_word(void) {
    unsigned short word = 0;
    __asm__ volatile("fnstcw %0" : "=m"(word));
    return word;
}

/// Halley's iteration towards the square root of two, in extended precision and long enough to be moved in.
static long double root_of_two(unsigned rounds) {
    long double value = 1;
    for (unsigned round = 0; round < rounds; ++round) {
        value = 1 + (round % 64) * 0.01L;
        for (unsigned iteration = 0; iteration < 8; ++iteration) {
            const long double square = value * value;
            value = value * (square + 6) / (3 * square + 2);
        }
    }
    return value;
}

/// All eight registers of the stack hold something else while the integer unit computes.
static void keep_full_stack(unsigned number) {
    long double values[8], got[8];
    for (unsigned index = 0; index < 8; ++index) {
        values[index] = (long double)mixed(number * 8 + index) / 3;
        __asm__ volatile("fldt %0" : : "m"(values[index]));
    }
    for (volatile unsigned round = 0; round < 300000; ++round) {
    }
    for (unsigned index = 8; index-- > 0;) {
        __asm__ volatile("fstpt %0" : "=m"(got[index]));
    }
    for (unsigned index = 0; index < 8; ++index) {
        expect("register of the x87 stack", 0, memcmp(&values[index], &got[index], 10));
    }
}

static long double expected_root;
static unsigned short expected_word;

void set_up(void) {
    // Rounds towards zero, which is not the default: bits 10 and 11 of the control word.
    expected_word = control_word() | 0x0c00;
    __asm__ volatile("fldcw %0" : : "m"(expected_word));
    expected_root = root_of_two(64);
}

void step(unsigned number) {
    const long double root = root_of_two(64 * 50);
    expect("bits of a square root", 0, memcmp(&expected_root, &root, 10));
    keep_full_stack(number);
    expect("x87 control word", expected_word, control_word());
}
