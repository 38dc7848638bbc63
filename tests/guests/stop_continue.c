// SPDX-License-Identifier: GPL-2.0-or-later
/// Stops a child and lets it go on: wait() tells of both, and the child does nothing in between.
#include "guest.h"

#include <signal.h>
#include <sys/wait.h>

static int questions[2];
static int answers[2];
static pid_t child;

static _Noreturn void answer(void) {
    unsigned number = 0;
    close(questions[1]);
    while (read(questions[0], &number, sizeof number) == sizeof number) {
        ++number;
        write_all(answers[1], &number, sizeof number);
    }
    _exit(3);
}

void set_up(void) {
    expect_success("pipe", pipe(questions));
    expect_success("pipe", pipe(answers));
    child = fork_child();
    if (child == 0) {
        answer();
    }
    close(questions[0]);
}

void step(unsigned number) {
    int status = 0;
    unsigned got = 0;
    siginfo_t info = {0};
    expect_success("kill(SIGSTOP)", kill(child, SIGSTOP));
    expect("waitpid for a stopped child", child, expect_success("waitpid", waitpid(child, &status, WUNTRACED)));
    expect_true("child is stopped", WIFSTOPPED(status));
    expect("signal that stopped it", SIGSTOP, WSTOPSIG(status));
    write_all(questions[1], &number, sizeof number);
    compute();
    expect("waitpid meanwhile", 0, expect_success("waitpid", waitpid(child, &status, WNOHANG)));
    expect_success("kill(SIGCONT)", kill(child, SIGCONT));
    expect_success("waitid", waitid(P_PID, (id_t)child, &info, WCONTINUED));
    expect("code of waitid", CLD_CONTINUED, info.si_code);
    expect("child of waitid", child, info.si_pid);
    read_all(answers[0], &got, sizeof got);
    expect("answer", number + 1, got);
}

void finish(void) {
    close(questions[1]);
    expect_exit("child", child, 3);
}
