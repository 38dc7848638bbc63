// SPDX-License-Identifier: GPL-2.0-or-later
/// Changes its current folder and the mask of new files' modes: relative names and new files follow.
#include "guest.h"

#include <fcntl.h>
#include <sys/stat.h>

static char top[3000];

void set_up(void) {
    expect_memory("getcwd", getcwd(top, sizeof top));
    expect_success("mkdir", mkdir("first", 0755));
    expect_success("mkdir", mkdir("first/second", 0755));
}

void step(unsigned number) {
    char expected[3100], got[3100];
    const mode_t mask = number % 2 == 0 ? 0027 : 0077;
    umask(mask);
    expect_success("chdir", chdir("first/second"));
    snprintf(expected, sizeof expected, "%s/first/second", top);
    expect_text("current folder", expected, expect_memory("getcwd", getcwd(got, sizeof got)));
    const int file = (int)expect_success("open", open("made", O_CREAT | O_EXCL | O_WRONLY, 0666));
    compute();
    expect("mask", mask, umask(mask));
    struct stat status;
    expect_success("fstat", fstat(file, &status));
    expect("mode of a new file", 0666 & ~mask, status.st_mode & 0777);
    expect_success("close", close(file));
    expect_success("chdir", chdir("../.."));
    const int folder = (int)expect_success("open", open("first", O_RDONLY | O_DIRECTORY));
    expect_success("unlinkat", unlinkat(folder, "second/made", 0));
    expect_success("fchdir", fchdir(folder));
    expect_success("close", close(folder));
    expect_success("access", access("second", X_OK));
    expect_success("chdir", chdir(top));
}

void finish(void) {
    expect_success("rmdir", rmdir("first/second"));
    expect_success("rmdir", rmdir("first"));
}
