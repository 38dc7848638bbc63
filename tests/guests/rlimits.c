// SPDX-License-Identifier: GPL-2.0-or-later
/// Asks for its limits and changes some: they stay, and they hold.
#include "guest.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static struct rlimit at_first[RLIMIT_NLIMITS];

static struct rlimit limit(int which) {
    struct rlimit found;
    expect_success("getrlimit", getrlimit(which, &found));
    return found;
}

void set_up(void) {
    for (int which = 0; which < RLIMIT_NLIMITS; ++which) {
        at_first[which] = limit(which);
    }
    signal(SIGXFSZ, SIG_IGN);
}

void step(unsigned number) {
    at_first[RLIMIT_NOFILE].rlim_cur = 64 + number % 64;
    expect_success("setrlimit", setrlimit(RLIMIT_NOFILE, &at_first[RLIMIT_NOFILE]));
    at_first[RLIMIT_CORE].rlim_cur = 0;
    expect_success("setrlimit", setrlimit(RLIMIT_CORE, &at_first[RLIMIT_CORE]));
    compute();
    for (int which = 0; which < RLIMIT_NLIMITS; ++which) {
        const struct rlimit found = limit(which);
        expect("soft limit", (long long)at_first[which].rlim_cur, (long long)found.rlim_cur);
        expect("hard limit", (long long)at_first[which].rlim_max, (long long)found.rlim_max);
    }
    expect_error("descriptor above the limit", EINVAL, fcntl(STDOUT_FILENO, F_DUPFD, 64 + number % 64));

    // A file may not become larger than the limit: the first write is cut, the second fails.
    char data[100] = {0};
    struct rlimit size = at_first[RLIMIT_FSIZE];
    size.rlim_cur = 50;
    const int file = (int)expect_success("open", open("limited", O_WRONLY | O_CREAT | O_TRUNC, 0600));
    expect_success("setrlimit", setrlimit(RLIMIT_FSIZE, &size));
    expect("write up to the limit", 50, expect_success("write", write(file, data, sizeof data)));
    expect_error("write above the limit", EFBIG, write(file, data, 1));
    expect_success("setrlimit", setrlimit(RLIMIT_FSIZE, &at_first[RLIMIT_FSIZE]));
    expect_success("close", close(file));
    expect_success("unlink", unlink("limited"));
}
