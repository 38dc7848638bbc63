// SPDX-License-Identifier: GPL-2.0-or-later
/// Runs long handlers on an alternative signal stack, and is moved while in them.
#include "guest.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { SIZE = 128 * 1024 };

static char* alternative;
static volatile unsigned handled;
static volatile unsigned faults;

static bool is_on_alternative(const void* address) {
    return (const char*)address >= alternative && (const char*)address < alternative + SIZE;
}

static void handle(int signal, siginfo_t* info, void* context) {
    char local[1000];
    stack_t stack;
    (void)signal;
    (void)info;
    fill_pattern(local, sizeof local, handled);
    expect_true("handler runs on the alternative stack", is_on_alternative(local));
    compute();
    expect_success("sigaltstack", sigaltstack(NULL, &stack));
    expect("flags in the handler", SS_ONSTACK, stack.ss_flags);
    expect("alternative stack", (intptr_t)alternative, (intptr_t)stack.ss_sp);
    expect_true("the context's stack is the ordinary one", ((ucontext_t*)context)->uc_stack.ss_flags == 0 ||
                                                               ((ucontext_t*)context)->uc_stack.ss_flags == SS_ONSTACK);
    check_pattern("variables of a handler", local, sizeof local, handled);
    ++handled;
}

/// For a write to a page without permission: permits it, so that the program goes on.
static void repair(int signal, siginfo_t* info, void* context) {
    char local = 0;
    (void)context;
    expect("signal of a fault", SIGSEGV, signal);
    expect("reason of a fault", SEGV_ACCERR, info->si_code);
    expect_true("handler runs on the alternative stack", is_on_alternative(&local));
    void* page = (void*)((uintptr_t)info->si_addr & ~(uintptr_t)4095);
    expect_success("mprotect", mprotect(page, 4096, PROT_READ | PROT_WRITE));
    ++faults;
}

void set_up(void) {
    alternative = expect_memory("mmap", mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    const stack_t stack = {.ss_sp = alternative, .ss_size = SIZE};
    expect_success("sigaltstack", sigaltstack(&stack, NULL));
    const struct sigaction on_user = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    const struct sigaction on_fault = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    expect_success("sigaction", sigaction(SIGUSR1, &on_user, NULL));
    expect_success("sigaction", sigaction(SIGSEGV, &on_fault, NULL));
}

void step(unsigned number) {
    static char* page;
    stack_t stack;
    if (page == NULL) {
        page = expect_memory("mmap", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    }
    expect_success("raise", raise(SIGUSR1));
    expect("handled", number + 1, handled);
    expect_success("sigaltstack", sigaltstack(NULL, &stack));
    expect("flags outside", 0, stack.ss_flags);
    expect_success("mprotect", mprotect(page, 4096, PROT_READ));
    *(volatile char*)page = (char)number;
    expect("byte after a repaired fault", (char)number, *(volatile char*)page);
    expect("faults", number + 1, faults);
}
