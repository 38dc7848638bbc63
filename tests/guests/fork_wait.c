// SPDX-License-Identifier: GPL-2.0-or-later
/// Forks a child in each step: the child has the memory of that moment, and its status comes back.
#include "guest.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static unsigned value;
static char area[20000];

void step(unsigned number) {
    const pid_t self = getpid();
    value = number;
    fill_pattern(area, sizeof area, number);
    const pid_t child = fork_child();
    if (child == 0) {
        expect("parent of the child", self, getppid());
        expect_true("pid of the child", getpid() != self);
        expect("variable in the child", number, value);
        check_pattern("memory in the child", area, sizeof area, number);
        memset(area, 0, sizeof area);
        if (number % 8 == 7) {
            raise(SIGKILL);
        }
        _exit((int)(number % 100));
    }
    int status = -1;
    struct rusage usage;
    compute();
    expect("wait4", child, expect_success("wait4", wait4(child, &status, 0, &usage)));
    if (number % 8 == 7) {
        expect_true("child was killed", WIFSIGNALED(status));
        expect("signal that killed the child", SIGKILL, WTERMSIG(status));
    } else {
        expect_true("child has exited", WIFEXITED(status));
        expect("status of the child", number % 100, WEXITSTATUS(status));
    }
    check_pattern("memory of the parent", area, sizeof area, number);
    expect_error("wait without a child", ECHILD, waitpid(-1, &status, WNOHANG));
}
