// SPDX-License-Identifier: GPL-2.0-or-later
/// Recurses without end, and gets SIGSEGV on its alternative stack when the stack is as large as RLIMIT_STACK says, which
/// it changes. Then it gives the stack back.
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { FRAME = 2000, PAGE = 4096, KEPT = 128 << 10, TOLERANCE = 64 << 10 };

static char alternative[64 << 10];
static sigjmp_buf after_fault;
static uintptr_t top;
static volatile uintptr_t lowest;

static void on_fault(int number, siginfo_t* info, void* context) {
    (void)number;
    (void)context;
    lowest = (uintptr_t)info->si_addr;
    siglongjmp(after_fault, 1);
}

static int __attribute__((noinline)) recurse(unsigned more) {
    volatile char frame[FRAME];
    frame[0] = (char)more;
    return more == 0 ? 0 : recurse(more - 1) + frame[0];
}

static uintptr_t end_of_stack(void) {
    FILE* maps = expect_memory("fopen", fopen("/proc/self/maps", "r"));
    char line[512];
    unsigned long first = 0;
    unsigned long last = 0;
    bool is_found = false;
    while (!is_found && fgets(line, sizeof line, maps) != NULL) {
        expect("addresses in a line of maps", 2, sscanf(line, "%lx-%lx", &first, &last));
        is_found = strstr(line, "[stack]") != NULL;
    }
    expect_true("there is a stack in maps", is_found);
    fclose(maps);
    return last;
}

void set_up(void) {
    top = end_of_stack();
    const stack_t stack = {.ss_sp = alternative, .ss_size = sizeof alternative};
    expect_success("sigaltstack", sigaltstack(&stack, NULL));
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    action.sa_sigaction = on_fault;
    expect_success("sigaction", sigaction(SIGSEGV, &action, NULL));
}

void step(unsigned number) {
    struct rlimit limit;
    expect_success("getrlimit", getrlimit(RLIMIT_STACK, &limit));
    const rlim_t wanted = (rlim_t)(1U + number % 3) << 20U;
    if (number % 4 == 0 && wanted != limit.rlim_cur) {
        limit.rlim_cur = wanted;
        // One buffer for both: the old limit comes where the new one was.
        struct rlimit both = limit;
        expect_success("prlimit", number % 8 == 0 ? prlimit(0, RLIMIT_STACK, &both, &both) : setrlimit(RLIMIT_STACK, &both));
    }
    lowest = 0;
    if (sigsetjmp(after_fault, 1) == 0) {
        recurse(UINT32_MAX);
        wrong("recursion without end came to an end", SIGSEGV, 0);
    }
    expect_at_least("size of the stack at its fault", (long long)limit.rlim_cur - TOLERANCE, (long long)(top - lowest));
    expect_at_least("what the limit leaves", (long long)(top - lowest), (long long)limit.rlim_cur + TOLERANCE);
    char here;
    const uintptr_t end = ((uintptr_t)&here - KEPT) & ~(uintptr_t)(PAGE - 1);
    const uintptr_t start = (lowest & ~(uintptr_t)(PAGE - 1)) - TOLERANCE;
    expect_success("munmap", munmap((void*)start, end - start));
    compute();
}
