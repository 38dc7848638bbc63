// SPDX-License-Identifier: GPL-2.0-or-later
/// Waits for pipes by poll, ppoll, select, pselect and epoll: with results, with time-outs and with signals.
#include "guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>

static int empty[2];
static int full[2];
static int epoll;
static volatile unsigned handled;

static void count(int signal) {
    (void)signal;
    ++handled;
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = count};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    expect_success("sigaction", sigaction(SIGALRM, &action, NULL));
    // Only a mask that is given for the time of waiting lets the signal through.
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &blocked, NULL));
    expect_success("pipe", pipe(empty));
    expect_success("pipe", pipe(full));
    write_all(full[1], "full", 4);
    epoll = (int)expect_success("epoll_create1", epoll_create1(EPOLL_CLOEXEC));
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = UINT64_C(0x1234567890)}};
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, full[0], &event));
    event.data.u64 = 7;
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, empty[0], &event));
}

static void poll_all(void) {
    struct pollfd files[] = {{.fd = empty[0], .events = POLLIN},
                             {.fd = full[0], .events = POLLIN},
                             {.fd = full[1], .events = POLLOUT},
                             {.fd = 999, .events = POLLIN}};
    expect("poll", 3, expect_success("poll", poll(files, 4, -1)));
    expect("empty pipe", 0, files[0].revents);
    expect("full pipe", POLLIN, files[1].revents);
    expect("pipe to write to", POLLOUT, files[2].revents);
    expect("no file", POLLNVAL, files[3].revents);
    const int64_t start = now();
    expect("poll with a time-out", 0, expect_success("poll", poll(files, 1, 3)));
    expect_at_least("time of poll", 3000 - CLOCK_ERROR, now() - start);
}

static void select_all(void) {
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(empty[0], &readable);
    FD_SET(full[0], &readable);
    FD_SET(full[1], &writable);
    struct timeval minute = {.tv_sec = 60}, brief = {.tv_usec = 3000};
    expect("select", 2, expect_success("select", select(full[1] + 1, &readable, &writable, NULL, &minute)));
    expect_true("empty pipe is not readable", !FD_ISSET(empty[0], &readable));
    expect_true("full pipe is readable", FD_ISSET(full[0], &readable));
    expect_true("pipe is writable", FD_ISSET(full[1], &writable));
    // Linux tells the remaining time.
    expect_at_least("remaining time", 60 - PATIENCE / 1000000, minute.tv_sec);
    FD_ZERO(&readable);
    FD_SET(empty[0], &readable);
    const int64_t start = now();
    expect("select with a time-out", 0, expect_success("select", select(empty[0] + 1, &readable, NULL, NULL, &brief)));
    expect_at_least("time of select", 3000 - CLOCK_ERROR, now() - start);
    expect("remaining time", 0, brief.tv_usec);
    expect_true("no result", !FD_ISSET(empty[0], &readable));
}

static void epoll_all(void) {
    struct epoll_event events[4];
    expect("epoll_wait", 1, expect_success("epoll_wait", epoll_wait(epoll, events, 4, -1)));
    expect("events", EPOLLIN, events[0].events);
    expect("data of the event", 0x1234567890LL, (long long)events[0].data.u64);
    write_all(empty[1], "x", 1);
    expect("epoll_wait", 2, expect_success("epoll_wait", epoll_wait(epoll, events, 4, -1)));
    char byte = 0;
    read_all(empty[0], &byte, 1);
    struct epoll_event none = {.events = 0};
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_MOD, full[0], &none));
    expect("epoll_wait with a time-out", 0, expect_success("epoll_wait", epoll_wait(epoll, events, 4, 2)));
    none = (struct epoll_event){.events = EPOLLIN, .data = {.u64 = UINT64_C(0x1234567890)}};
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_MOD, full[0], &none));
}

static void arm_timer(void) {
    const struct itimerval soon = {.it_value = {.tv_usec = 2000}};
    expect_success("setitimer", setitimer(ITIMER_REAL, &soon, NULL));
}

static void wait_with_mask(void) {
    struct pollfd file = {.fd = empty[0], .events = POLLIN};
    const struct timespec minute = {.tv_sec = 60};
    struct epoll_event event;
    fd_set readable;
    sigset_t open_mask, mask;
    sigemptyset(&open_mask);
    const unsigned before = handled;
    arm_timer();
    expect_error("ppoll with a signal", EINTR, ppoll(&file, 1, &minute, &open_mask));
    expect("handled in ppoll", before + 1, handled);
    FD_ZERO(&readable);
    FD_SET(empty[0], &readable);
    arm_timer();
    expect_error("pselect with a signal", EINTR, pselect(empty[0] + 1, &readable, NULL, NULL, &minute, &open_mask));
    expect("handled in pselect", before + 2, handled);
    struct epoll_event none = {.events = 0};
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_DEL, full[0], &none));
    arm_timer();
    expect_error("epoll_pwait with a signal", EINTR, epoll_pwait(epoll, &event, 1, 60000, &open_mask));
    expect("handled in epoll_pwait", before + 3, handled);
    none = (struct epoll_event){.events = EPOLLIN, .data = {.u64 = UINT64_C(0x1234567890)}};
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, full[0], &none));
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, NULL, &mask));
    expect("mask afterwards", 1, sigismember(&mask, SIGALRM));
}

void step(unsigned number) {
    (void)number;
    poll_all();
    select_all();
    epoll_all();
    wait_with_mask();
}
