// SPDX-License-Identifier: GPL-2.0-or-later
/// Overwrites, with instructions of its own, the memory that openMosix has in a process that is away.
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { AREA = 0x10000, PAGE = 4096, PAGES = 8 };

static sigjmp_buf after_fault;

static void leave(int signal) {
    (void)signal;
    siglongjmp(after_fault, 1);
}

void set_up(void) {
    const struct sigaction jump = {.sa_handler = leave};
    expect_success("sigaction", sigaction(SIGSEGV, &jump, NULL));
}

void step(unsigned number) {
    // Undefined instructions, system calls and breakpoints.
    static const unsigned char instructions[] = {0x0f, 0x0b, 0x0f, 0x05, 0xcd, 0x80, 0xcc, 0x90};
    compute();
    for (char* page = (char*)AREA; page < (char*)AREA + PAGES * PAGE; page += PAGE) {
        unsigned char is_resident;
        // It is there only while the process is away, and may be gone a moment later.
        if (mincore(page, PAGE, &is_resident) == 0 && sigsetjmp(after_fault, 1) == 0) {
            for (unsigned place = 0; place < PAGE; ++place) {
                page[place] = (char)instructions[(place + number) % sizeof instructions];
            }
        }
    }
}
