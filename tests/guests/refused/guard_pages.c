// SPDX-License-Identifier: GPL-2.0-or-later
/// Has guard pages within a mapping (madvise(2), MADV_GUARD_INSTALL).
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum { PAGE = 4096, PAGES = 16 };

static char* area;
static sigjmp_buf after_fault;

static void on_fault(int number) {
    (void)number;
    siglongjmp(after_fault, 1);
}

static bool has_flag(const char* flag) {
    FILE* smaps = expect_memory("fopen", fopen("/proc/self/smaps", "r"));
    char line[4096];
    bool is_found = false;
    while (!is_found && fgets(line, sizeof line, smaps) != NULL) {
        is_found = strncmp(line, "VmFlags:", 8) == 0 && strstr(line, flag) != NULL;
    }
    fclose(smaps);
    return is_found;
}

void set_up(void) {
    expect_true("signal", signal(SIGSEGV, on_fault) != SIG_ERR);
    area = expect_memory("mmap", mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (madvise(area + 4 * PAGE, 2 * PAGE, MADV_GUARD_INSTALL) != 0) {
        not_here("this kernel has no guard pages");
    }
    if (!has_flag(" gu ")) {
        not_here("this kernel does not show guard pages");
    }
}

void step(unsigned number) {
    if (sigsetjmp(after_fault, 1) == 0) {
        area[5 * PAGE] = (char)number;
        wrong("write to a guard page went through", SIGSEGV, 0);
    }
    compute();
}
