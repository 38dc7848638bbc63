// SPDX-License-Identifier: GPL-2.0-or-later
/// Waits in calls with a mask of their own while a signal is pending that it blocks: nothing but what they wait for ends
/// them, and the signal comes after them.
#include "guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

static volatile unsigned handled;
static int ends[2];
static int epoll;
static sigset_t mask;

static void count(int signal) {
    (void)signal;
    ++handled;
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = count};
    expect_success("sigaction", sigaction(SIGUSR2, &action, NULL));
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    expect_success("pipe", pipe(ends));
    epoll = (int)expect_success("epoll_create1", epoll_create1(EPOLL_CLOEXEC));
    struct epoll_event event = {.events = EPOLLIN};
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
}

static int wait_in_call(unsigned number, const char** name) {
    struct epoll_event event;
    struct pollfd polled = {.fd = ends[0], .events = POLLIN};
    fd_set files;
    FD_ZERO(&files);
    FD_SET(ends[0], &files);
    switch (number % 3) {
        case 0:
            *name = "epoll_pwait";
            return epoll_pwait(epoll, &event, 1, -1, &mask);
        case 1:
            *name = "ppoll";
            return ppoll(&polled, 1, NULL, &mask);
        default:
            *name = "pselect";
            return pselect(ends[0] + 1, &files, NULL, NULL, NULL, &mask);
    }
}

void step(unsigned number) {
    sigset_t old;
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &mask, &old));
    const unsigned before = handled;
    const pid_t self = getpid(), child = fork_child();
    if (child == 0) {
        kill(self, SIGUSR2);
        usleep(40000);
        _exit((int)write(ends[1], "x", 1) - 1);
    }
    // Open between the calls: the signal may come before the waiting one, too.
    expect_success("sigprocmask", sigprocmask(SIG_SETMASK, &old, NULL));
    const char* name = "";
    expect(name, 1, expect_success(name, wait_in_call(number, &name)));
    char byte;
    read_all(ends[0], &byte, 1);
    expect("signals", before + 1, handled);
    expect_exit("child that sends and writes", child, 0);
}
