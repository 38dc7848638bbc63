// SPDX-License-Identifier: GPL-2.0-or-later
/// Could get a signal in place of each system call (prctl(2), PR_SET_SYSCALL_USER_DISPATCH).
#include "guest.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif

static char selector;

void set_up(void) {
    if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector) != 0) {
        not_here("this kernel does not dispatch system calls");
    }
    // Linux 6.4 shows it to who traces (PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG).
    uint64_t configuration[4];
    if (ptrace(0x4211, 0, sizeof configuration, configuration) == -1 && errno == EIO) {
        not_here("this kernel does not show that system calls are dispatched");
    }
}

void step(unsigned number) {
    (void)number;
    compute();
}
