// SPDX-License-Identifier: GPL-2.0-or-later
/// Is traced by a child, as by a debugger.
#include "guest.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

void set_up(void) {
    int attached[2];
    char byte = 0;
    expect_success("pipe", pipe(attached));
    const pid_t self = getpid();
    if (fork_child() == 0) {
        const bool is_permitted = ptrace(PTRACE_SEIZE, self, NULL, NULL) == 0;
        write_all(attached[1], is_permitted ? "y" : "n", 1);
        // Passes on whatever stops the guest.
        for (int status = 0; waitpid(self, &status, __WALL) == self && !WIFEXITED(status);) {
            ptrace(PTRACE_CONT, self, NULL, (long)(WIFSTOPPED(status) && status >> 16 == 0 ? WSTOPSIG(status) : 0));
        }
        _exit(0);
    }
    read_all(attached[0], &byte, 1);
    if (byte != 'y') {
        not_here("tracing is not permitted");
    }
}

void step(unsigned number) {
    compute();
    (void)number;
}
