// SPDX-License-Identifier: GPL-2.0-or-later
/// Gets a signal when it reads the time stamp counter.
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>

static sigjmp_buf after_fault;

static void on_fault(int number) {
    (void)number;
    siglongjmp(after_fault, 1);
}

void set_up(void) {
    expect_true("signal", signal(SIGSEGV, on_fault) != SIG_ERR);
    expect_success("prctl", prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
}

void step(unsigned number) {
    (void)number;
    if (sigsetjmp(after_fault, 1) == 0) {
        __builtin_ia32_rdtsc();
        wrong("RDTSC went through", SIGSEGV, 0);
    }
    // Without clocks: the vDSO's would fault, too.
    compute();
}

void finish(void) {
    expect_success("prctl", prctl(PR_SET_TSC, PR_TSC_ENABLE));
}
