// SPDX-License-Identifier: GPL-2.0-or-later
/// Changes variables of all sections of the program, and follows pointers into them that the dynamic linker made.
#include "guest.h"

static unsigned counter = 7;
static unsigned zero_at_first[5000];
static const unsigned table[] = {2, 3, 5, 7, 11, 13, 17, 19};
static const unsigned* const pointers[] = {&table[0], &table[3], &table[7]};
static void* (*const functions[])(size_t) = {malloc};
static void (*const releases[])(void*) = {free};

static unsigned shadow_counter = 7;

void step(unsigned number) {
    compute();
    ++counter;
    ++shadow_counter;
    expect("initialised variable", 8 + (long long)number, counter);
    expect("its shadow", shadow_counter, counter);
    expect("variable that was zero", number >= 5000 ? number - 5000 + 1 : 0, zero_at_first[number % 5000]);
    zero_at_first[number % 5000] = number + 1;
    expect("constant by pointer", 2 + 7 + 19, *pointers[0] + *pointers[1] + *pointers[2]);
    char* memory = functions[0](1000 + number % 3000);
    fill_pattern(expect_memory("malloc", memory), 1000, number);
    check_pattern("memory of malloc", memory, 1000, number);
    releases[0](memory);
    expect("errno, a variable of the C library", 0, errno = 0);
}
