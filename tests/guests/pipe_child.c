// SPDX-License-Identifier: GPL-2.0-or-later
/// Talks with a child through pipes: blocks in read() until the child, which takes its time, has answered.
#include "guest.h"

static int to_child[2];
static int from_child[2];
static pid_t child;

static _Noreturn void answer(void) {
    uint64_t number = 0;
    close(to_child[1]);
    while (read(to_child[0], &number, sizeof number) == sizeof number) {
        if (number % 4 == 0) {
            usleep(3000);
        }
        number = mixed(number);
        write_all(from_child[1], &number, sizeof number);
    }
    _exit(5);
}

void set_up(void) {
    expect_success("pipe", pipe(to_child));
    expect_success("pipe", pipe(from_child));
    child = fork_child();
    if (child == 0) {
        answer();
    }
    close(to_child[0]);
    close(from_child[1]);
}

void step(unsigned number) {
    uint64_t question = number, got = 0;
    write_all(to_child[1], &question, sizeof question);
    read_all(from_child[0], &got, sizeof got);
    expect("answer of the child", (long long)mixed(question), (long long)got);
}

void finish(void) {
    close(to_child[1]);
    expect_exit("child", child, 5);
}
