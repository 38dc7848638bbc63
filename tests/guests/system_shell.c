// SPDX-License-Identifier: GPL-2.0-or-later
/// Runs shells by system() and popen().
#include "guest.h"

#include <sys/wait.h>

void step(unsigned number) {
    char command[64], expected[32], got[32] = {0};
    snprintf(command, sizeof command, "exit %u", number % 50);
    const int status = system(command);
    expect_true("shell has exited", WIFEXITED(status));
    expect("status of a shell", number % 50, WEXITSTATUS(status));

    snprintf(command, sizeof command, "echo %u | cat | tr 0-9 a-j", number);
    FILE* pipe = expect_memory("popen", popen(command, "r"));
    expect_true("line from a shell", fgets(got, sizeof got, pipe) != NULL);
    expect("pclose", 0, pclose(pipe));
    snprintf(expected, sizeof expected, "%u\n", number);
    for (char* digit = expected; *digit != '\n'; ++digit) {
        *digit = (char)(*digit - '0' + 'a');
    }
    expect_text("output of a shell", expected, got);
}
