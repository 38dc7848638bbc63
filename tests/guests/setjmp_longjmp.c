// SPDX-License-Identifier: GPL-2.0-or-later
/// Jumps out of deep calls, with and without restoring the signal mask, and between stacks of its own.
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

enum { STACK = 64 * 1024 };

static jmp_buf target;
static sigjmp_buf signal_target;
static ucontext_t main_context;
static ucontext_t other_context;
static unsigned switches;

static void descend(unsigned depth, int result);
// By a pointer, as the compiler would see that no call ever returns.
static void (*volatile deeper)(unsigned, int) = descend;

static void descend(unsigned depth, int result) {
    volatile char frame[300];
    frame[0] = (char)depth;
    if (depth == 0) {
        longjmp(target, result);
    }
    deeper(depth - 1, result);
    wrong("a call that never returns", 0, frame[0]);
}

static void handle(int signal) {
    (void)signal;
    siglongjmp(signal_target, 1);
}

/// Runs on a stack of its own, a part of a millisecond at a time.
static void work_elsewhere(void) {
    char local[500];
    for (unsigned round = 0;; ++round) {
        fill_pattern(local, sizeof local, round);
        ++switches;
        swapcontext(&other_context, &main_context);
        check_pattern("variables on another stack", local, sizeof local, round);
    }
}

void set_up(void) {
    static char stack[STACK];
    const struct sigaction action = {.sa_handler = handle};
    expect_success("sigaction", sigaction(SIGUSR1, &action, NULL));
    expect_success("getcontext", getcontext(&other_context));
    other_context.uc_stack.ss_sp = stack;
    other_context.uc_stack.ss_size = sizeof stack;
    makecontext(&other_context, work_elsewhere, 0);
}

void step(unsigned number) {
    volatile unsigned kept = number;
    const int result = setjmp(target);
    if (result == 0) {
        descend(200, 1 + (int)(number % 1000));
    }
    expect("result of setjmp", 1 + number % 1000, result);
    expect("variable of the function", number, kept);

    sigset_t mask;
    if (sigsetjmp(signal_target, 1) == 0) {
        raise(SIGUSR1);
        wrong("a signal whose handler jumps away", 0, 1);
    }
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, NULL, &mask));
    expect("mask after a jump out of a handler", 0, sigismember(&mask, SIGUSR1));

    expect_success("swapcontext", swapcontext(&main_context, &other_context));
    expect("switches to another stack", number + 1, switches);
    compute();
}
