// SPDX-License-Identifier: GPL-2.0-or-later
/// Comes home with a full table of descriptors, or with a child that shares the table, as its argument says. It works in
/// the current directory, and says what it has done by making directories, which takes no descriptor. Status 0: all was
/// right.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DESCRIPTORS = 64, WORDS = 1 << 20, CHILD_STATUS = 3, MAX_NUMBER = 32, STACK = 1 << 16 };

static uint64_t memory[WORDS];

static void require(bool condition, int status) {
    if (!condition) {
        _exit(status);
    }
}

static void say(const char* what) {
    require(mkdir(what, 0700) == 0 || errno == EEXIST, 10);
}

static bool is_told(const char* what) {
    return access(what, F_OK) == 0;
}

static void wait_for(const char* what) {
    while (!is_told(what)) {
        usleep(1000);
    }
}

static int open_descriptors(void) {
    int count = 0;
    for (int number = 0; number < DESCRIPTORS; ++number) {
        count += fcntl(number, F_GETFD) != -1;
    }
    return count;
}

static void fill_table(void) {
    while (open("/dev/null", O_RDONLY) != -1) {
    }
    require(errno == EMFILE && open_descriptors() == DESCRIPTORS, 11);
}

/// Says "seen" when a descriptor appears in the table that the process did not make and that concerns its page faults.
static int watch_table(void* unused) {
    (void)unused;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    say("watching");
    while (!is_told("end")) {
        for (int number = 3; number < MAX_NUMBER; ++number) {
            // Ours as long as we look at it.
            const int copy = fcntl(number, F_DUPFD_CLOEXEC, MAX_NUMBER);
            if (copy != -1) {
                char path[64];
                char target[128] = "";
                snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
                const ssize_t size = readlink(path, target, sizeof target - 1);
                if (size > 0 && (strstr(target, "userfaultfd") != NULL || strstr(target, "socket:") != NULL)) {
                    say("seen");
                }
                close(copy);
            }
        }
    }
    return 0;
}

int main(int count, char** arguments) {
    require(count == 2, 2);
    const struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};
    for (uint64_t word = 0; word < WORDS; ++word) {
        memory[word] = word * word;
    }
    if (strcmp(arguments[1], "shared") == 0) {
        static char stack[STACK];
        // A copy of the memory, but not of the table.
        require(clone(watch_table, stack + STACK, CLONE_FILES | SIGCHLD, NULL) > 0, 12);
        wait_for("watching");
    } else {
        require(setrlimit(RLIMIT_NOFILE, &limit) == 0, 13);
    }
    say("ready");
    wait_for("go");
    if (strcmp(arguments[1], "shared") != 0) {
        fill_table();
    }
    say("full");
    if (strcmp(arguments[1], "fork") == 0) {
        const pid_t child = fork();
        if (child == 0) {
            _exit(CHILD_STATUS);
        }
        int status = 0;
        require(child > 0 && waitpid(child, &status, 0) == child && status == CHILD_STATUS << 8, 14);
        require(waitpid(-1, &status, __WALL) == -1 && errno == ECHILD, 15);
        say("forked");
    }
    wait_for("end");
    if (strcmp(arguments[1], "shared") != 0) {
        require(open_descriptors() == DESCRIPTORS, 16);
    }
    for (uint64_t word = 0; word < WORDS; ++word) {
        require(memory[word] == word * word, 17);
    }
    require(prctl(PR_GET_DUMPABLE) == 1, 18);
    return 0;
}
