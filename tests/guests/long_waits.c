// SPDX-License-Identifier: GPL-2.0-or-later
/// Waits for long in every call that blocks, without any signal: none may end early or with EINTR because of a move.
#include "guest.h"

#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifdef __USE_TIME_BITS64
#define FUTEX_CALL SYS_futex_time64
#else
#define FUTEX_CALL SYS_futex
#endif

enum { LENGTH = 60000, KINDS = 11 };

static int pipe_ends[2];
static int pair[2];
static int epoll;

/// A child that does something after a while.
static pid_t child_that(int writes_to) {
    const pid_t child = fork_child();
    if (child == 0) {
        usleep(LENGTH);
        if (writes_to >= 0) {
            write_all(writes_to, "x", 1);
        }
        _exit(4);
    }
    return child;
}

void set_up(void) {
    sigset_t blocked;
    expect_success("pipe", pipe(pipe_ends));
    expect_success("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    epoll = (int)expect_success("epoll_create1", epoll_create1(0));
    struct epoll_event event = {.events = EPOLLIN};
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, pipe_ends[0], &event));
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &blocked, NULL));
}

static void wait_for_time(unsigned kind) {
    const struct timespec length = {.tv_nsec = LENGTH * 1000};
    struct timespec end;
    struct pollfd file = {.fd = pipe_ends[0], .events = POLLIN};
    struct timeval time = {.tv_usec = LENGTH};
    struct epoll_event event;
    uint32_t word = 1;
    fd_set readable;
    sigset_t set;
    switch (kind) {
        case 0:
            expect_success("nanosleep", nanosleep(&length, NULL));
            break;
        case 1:
            expect_success("clock_gettime", clock_gettime(CLOCK_MONOTONIC, &end));
            end.tv_nsec += LENGTH * 1000;
            end.tv_sec += end.tv_nsec / 1000000000;
            end.tv_nsec %= 1000000000;
            expect("clock_nanosleep", 0, clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL));
            break;
        case 2:
            expect("poll", 0, expect_success("poll", poll(&file, 1, LENGTH / 1000)));
            break;
        case 3:
            expect("ppoll", 0, expect_success("ppoll", ppoll(&file, 1, &length, NULL)));
            break;
        case 4:
            FD_ZERO(&readable);
            FD_SET(pipe_ends[0], &readable);
            expect("select", 0, expect_success("select", select(pipe_ends[0] + 1, &readable, NULL, NULL, &time)));
            break;
        case 5:
            expect("epoll_wait", 0, expect_success("epoll_wait", epoll_wait(epoll, &event, 1, LENGTH / 1000)));
            break;
        case 6:
            expect_error("futex", ETIMEDOUT, syscall(FUTEX_CALL, &word, FUTEX_WAIT, 1, &length, NULL, 0));
            break;
        default:
            sigemptyset(&set);
            sigaddset(&set, SIGUSR1);
            expect_error("sigtimedwait", EAGAIN, sigtimedwait(&set, NULL, &length));
    }
}

static void wait_for_event(unsigned kind) {
    char byte = 0;
    const int ends[] = {-1, pipe_ends[1], pair[1]};
    const pid_t child = child_that(ends[kind]);
    if (kind == 1) {
        expect("read of a pipe", 1, expect_success("read of a pipe", read(pipe_ends[0], &byte, 1)));
    } else if (kind == 2) {
        expect("recv", 1, expect_success("recv", recv(pair[0], &byte, 1, 0)));
    }
    expect_exit("child", child, 4);
}

void step(unsigned number) {
    const int64_t start = now();
    const unsigned kind = number % KINDS;
    if (kind < 8) {
        wait_for_time(kind);
    } else {
        wait_for_event(kind - 8);
    }
    char what[40];
    snprintf(what, sizeof what, "time of waiting, kind %u", kind);
    expect_at_least(what, LENGTH - CLOCK_ERROR, now() - start);
}
