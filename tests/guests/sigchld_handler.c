// SPDX-License-Identifier: GPL-2.0-or-later
/// Collects its children in a handler of SIGCHLD, several of them at a time.
#include "guest.h"

#include <signal.h>
#include <sys/wait.h>

enum { CHILDREN = 3 };

static volatile unsigned collected;
static volatile unsigned sum;

static void collect(int signal) {
    const int saved = errno;
    int status = 0;
    (void)signal;
    while (waitpid(-1, &status, WNOHANG) > 0) {
        ++collected;
        sum += (unsigned)WEXITSTATUS(status);
    }
    errno = saved;
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = collect, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    expect_success("sigaction", sigaction(SIGCHLD, &action, NULL));
}

void step(unsigned number) {
    unsigned expected_sum = 0;
    collected = 0;
    sum = 0;
    for (unsigned index = 0; index < CHILDREN; ++index) {
        const unsigned status = (number + index * 10) % 120;
        expected_sum += status;
        if (fork_child() == 0) {
            _exit((int)status);
        }
    }
    const int64_t start = now();
    while (collected < CHILDREN) {
        compute();
        have_patience("end of the children", start);
    }
    expect("children", CHILDREN, collected);
    expect("sum of their statuses", expected_sum, sum);
}
