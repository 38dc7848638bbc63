// SPDX-License-Identifier: GPL-2.0-or-later
/// Has a filter for its own system calls.
#include "guest.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

void set_up(void) {
    static struct sock_filter allow_all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_fprog program = {.len = 1, .filter = allow_all};
    expect_success("prctl(PR_SET_NO_NEW_PRIVS)", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1) {
        not_here("a filter is not permitted");
    }
}

void step(unsigned number) {
    compute();
    expect("mode of seccomp", SECCOMP_MODE_FILTER, prctl(PR_GET_SECCOMP));
    (void)number;
}
