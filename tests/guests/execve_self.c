// SPDX-License-Identifier: GPL-2.0-or-later
/// Executes itself again and again: the process and what it has open stay, its memory is new.
#include "guest.h"

#include <fcntl.h>

static unsigned fresh = 1;

void step(unsigned number) {
    static char first[16], pid[16];
    compute();
    expect("variable of a new program", 1, fresh);
    ++fresh;
    if (number == 0) {
        const int file = (int)expect_success("open", open("inherited", O_RDWR | O_CREAT | O_TRUNC, 0600));
        snprintf(pid, sizeof pid, "%d", (int)getpid());
        expect_success("setenv", setenv("GUEST_PID", pid, 1));
        // 40 and not the next free one: what is open must have the same number afterwards.
        expect_success("dup2", dup2(file, 40));
        expect_success("close", close(file));
    }
    expect("pid", atol(getenv("GUEST_PID")), getpid());
    expect_success("lseek", lseek(40, 0, SEEK_SET));
    unsigned last = 0;
    if (number > 0) {
        read_all(40, &last, sizeof last);
        expect("number that the program before left", number - 1, last);
        expect_success("lseek", lseek(40, 0, SEEK_SET));
    }
    write_all(40, &number, sizeof number);

    // The same arguments, but for the number of the first step.
    snprintf(first, sizeof first, "%u", number + 1);
    char* arguments[16] = {guest_arguments[0], "--first", first};
    int count = 3;
    for (int index = 1; index + 1 < guest_argument_count && count + 3 < 16; index += 2) {
        if (strcmp(guest_arguments[index], "--first") != 0) {
            arguments[count++] = guest_arguments[index];
            arguments[count++] = guest_arguments[index + 1];
        }
    }
    execv("/proc/self/exe", arguments);
    expect_success("execv", -1);
}

void finish(void) {
    expect_success("unlink", unlink("inherited"));
}
