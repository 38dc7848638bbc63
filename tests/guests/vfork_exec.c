// SPDX-License-Identifier: GPL-2.0-or-later
/// Starts other programs by vfork() and by posix_spawn(), which shares the memory with the child until it executes.
#include "guest.h"

#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

void step(unsigned number) {
    char* const arguments[] = {(char*)(number % 2 == 0 ? "true" : "false"), NULL};
    const char* path = number % 2 == 0 ? "/bin/true" : "/bin/false";
    pid_t child = 0;
    expect("posix_spawn", 0, posix_spawn(&child, path, NULL, NULL, arguments, environ));
    expect_exit(path, child, number % 2 == 0 ? 0 : 1);

    expect("posix_spawn of what is not there", ENOENT, posix_spawn(&child, "/no/such", NULL, NULL, arguments, environ));

    volatile unsigned shared = number;
    child = (pid_t)expect_success("vfork", vfork());
    if (child == 0) {
        // The parent sees this: the memory is the same.
        shared = number + 1;
        execv(path, arguments);
        _exit(99);
    }
    expect("variable that the child has changed", number + 1, shared);
    expect_exit(path, child, number % 2 == 0 ? 0 : 1);
}
