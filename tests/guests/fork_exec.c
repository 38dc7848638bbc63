// SPDX-License-Identifier: GPL-2.0-or-later
/// Starts other programs by fork() and execve(), and gets their status and their output.
#include "guest.h"

#include <sys/wait.h>

void step(unsigned number) {
    int output[2];
    char argument[32], expected[32], got[32] = {0};
    snprintf(argument, sizeof argument, "exit-%u", number);
    snprintf(expected, sizeof expected, "exit-%u\n", number);
    expect_success("pipe", pipe(output));
    const pid_t child = fork_child();
    if (child == 0) {
        dup2(output[1], STDOUT_FILENO);
        close(output[0]);
        close(output[1]);
        execl("/bin/echo", "echo", argument, (char*)NULL);
        _exit(99);
    }
    close(output[1]);
    read_all(output[0], got, strlen(expected));
    expect_text("output of another program", expected, got);
    expect("end of the output", 0, expect_success("read", read(output[0], got, 1)));
    close(output[0]);
    expect_exit("another program", child, 0);

    const pid_t second = fork_child();
    if (second == 0) {
        execl("/bin/false", "false", (char*)NULL);
        _exit(99);
    }
    expect_exit("/bin/false", second, 1);
}
