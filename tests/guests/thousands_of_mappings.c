// SPDX-License-Identifier: GPL-2.0-or-later
/// Has three thousand mappings with different protections, and changes some in each step.
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { PAGES = 3000, PAGE = 4096, CHANGED = 20 };

static char* area;
static sigjmp_buf after_fault;
/// A fault that nobody waits for ends the program, or it would come again for ever.
static volatile bool is_fault_expected;

static int protection(unsigned page) {
    return page % 2 == 0 ? PROT_READ | PROT_WRITE : PROT_READ;
}

static void on_fault(int number) {
    if (!is_fault_expected) {
        signal(number, SIG_DFL);
        return;
    }
    siglongjmp(after_fault, 1);
}

/// A write to a page that must not be written has to end in on_fault().
static void expect_read_only(volatile char* byte) {
    is_fault_expected = true;
    if (sigsetjmp(after_fault, 1) == 0) {
        *byte = 1;
        wrong("write to a page that is read-only went through", SIGSEGV, 0);
    }
    is_fault_expected = false;
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = on_fault};
    expect_success("sigaction", sigaction(SIGSEGV, &action, NULL));
    area = expect_memory("mmap",
                         mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (unsigned page = 0; page < PAGES; ++page) {
        fill_pattern(area + (size_t)page * PAGE, 64, page);
        expect_success("mprotect", mprotect(area + (size_t)page * PAGE, PAGE, protection(page)));
    }
}

void step(unsigned number) {
    for (unsigned change = 0; change < CHANGED; ++change) {
        const unsigned page = (unsigned)(mixed(number * CHANGED + change) % PAGES);
        char* memory = area + (size_t)page * PAGE;
        check_pattern("page of many", memory, 64, page);
        if (page % 2 == 0) {
            memory[PAGE - 1] = (char)number;
            expect("byte just written", (char)number, memory[PAGE - 1]);
        } else {
            expect_read_only(memory);
            expect_success("mprotect", mprotect(memory, PAGE, PROT_READ | PROT_WRITE));
            memory[PAGE - 1] = (char)number;
            expect_success("mprotect", mprotect(memory, PAGE, PROT_READ));
            expect("byte written meanwhile", (char)number, memory[PAGE - 1]);
            expect_read_only(memory);
        }
    }
}
