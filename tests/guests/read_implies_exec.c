// SPDX-License-Identifier: GPL-2.0-or-later
/// With the personality READ_IMPLIES_EXEC it executes code in memory that it has only asked to read and write.
#include "guest.h"

#include <sys/mman.h>
#include <sys/personality.h>

enum { PAGE = 4096 };

static unsigned char* old_memory;

static void run_code(unsigned char* memory, uint32_t number) {
    // mov $number, %eax; ret
    memory[0] = 0xb8;
    memcpy(memory + 1, &number, sizeof number);
    memory[5] = 0xc3;
    uint32_t (*function)(void) = NULL;
    memcpy(&function, &memory, sizeof memory);
    expect("what the code returned", number, function());
}

static unsigned char* new_memory(void) {
    return expect_memory("mmap", mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

void set_up(void) {
    expect_success("personality", personality((unsigned long)personality(0xffffffff) | READ_IMPLIES_EXEC));
    old_memory = new_memory();
}

void step(unsigned number) {
    unsigned char* memory = new_memory();
    run_code(memory, number);
    run_code(old_memory, number + 1);
    expect_success("munmap", munmap(memory, PAGE));
    compute();
    if (number % 16 == 15) {
        expect_true("personality is as it was set", ((unsigned)personality(0xffffffff) & READ_IMPLIES_EXEC) != 0);
        expect_success("munmap", munmap(old_memory, PAGE));
        old_memory = new_memory();
    }
}
