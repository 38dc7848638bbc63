// SPDX-License-Identifier: GPL-2.0-or-later
/// Waits in each call that a signal's handler ends: no call outlives the handler that interrupts it, and the mask of the
/// call is in force as long as it waits.
#include "guest.h"

#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

static volatile unsigned handled;
static volatile unsigned held;
static int empty[2];
static int sockets[2];
static int epoll;
static int semaphore;
static int queue;
static int64_t call_begin;

static void count(int signal) {
    (void)signal;
    ++handled;
}

static void count_held(int signal) {
    (void)signal;
    ++held;
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = count};
    const struct sigaction of_held = {.sa_handler = count_held};
    expect_success("sigaction", sigaction(SIGALRM, &action, NULL));
    expect_success("sigaction", sigaction(SIGUSR2, &of_held, NULL));
    expect_success("pipe", pipe(empty));
    expect_success("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
    epoll = (int)expect_success("epoll_create1", epoll_create1(EPOLL_CLOEXEC));
    struct epoll_event event = {.events = EPOLLIN};
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, empty[0], &event));
    semaphore = (int)expect_success("semget", semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT));
    queue = (int)expect_success("msgget", msgget(IPC_PRIVATE, 0600 | IPC_CREAT));
}

void finish(void) {
    expect_success("semctl", semctl(semaphore, 0, IPC_RMID));
    expect_success("msgctl", msgctl(queue, IPC_RMID, NULL));
}

static long wait_in_call(unsigned number, const char** name) {
    char byte;
    sigset_t none, user;
    sigemptyset(&none);
    sigemptyset(&user);
    sigaddset(&user, SIGUSR1);
    const struct timespec long_time = {.tv_sec = 600};
    struct pollfd polled = {.fd = empty[0], .events = POLLIN};
    struct epoll_event event;
    struct sembuf down = {.sem_op = -1};
    struct {
        long type;
        char text[8];
    } message;
    unsigned word = 0;
    fd_set files;
    FD_ZERO(&files);
    FD_SET(empty[0], &files);
    call_begin = now();
    switch (number % 12) {
        case 0:
            *name = "pause";
            return pause();
        case 1:
            *name = "sigsuspend";
            return sigsuspend(&none);
        case 2:
            *name = "sigtimedwait";
            return sigtimedwait(&user, NULL, &long_time);
        case 3:
            *name = "nanosleep";
            return nanosleep(&long_time, NULL);
        case 4:
            *name = "poll";
            return poll(&polled, 1, -1);
        case 5:
            *name = "ppoll";
            return ppoll(&polled, 1, NULL, &none);
        case 6:
            *name = "select";
            return select(empty[0] + 1, &files, NULL, NULL, NULL);
        case 7:
            *name = "epoll_wait";
            return epoll_wait(epoll, &event, 1, -1);
        case 8:
            *name = "read";
            return read(empty[0], &byte, 1);
        case 9:
            *name = "recv";
            return recv(sockets[0], &byte, 1, 0);
        case 10:
            *name = "semop";
            return number / 12 % 2 == 0 ? semop(semaphore, &down, 1) : msgrcv(queue, &message, 8, 0, 0);
        default:
            *name = "futex";
            return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
    }
}

/// A signal that the call's mask blocks waits until the call has ended by something else.
static void wait_with_mask(void) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    const unsigned before = held;
    const pid_t self = getpid(), child = fork_child();
    if (child == 0) {
        usleep(20000);
        kill(self, SIGUSR2);
        usleep(20000);
        _exit((int)write(empty[1], "x", 1) - 1);
    }
    struct epoll_event event;
    // Before the call, the signal may end nothing.
    const int ready = epoll_pwait(epoll, &event, 1, -1, &mask);
    char byte;
    if (ready == 1) {
        expect("handlers", before + 1, held);
    } else {
        expect_error("epoll_pwait", EINTR, ready);
        wrong("epoll_pwait with the signal blocked", 1, ready);
    }
    read_all(empty[0], &byte, 1);
    expect_exit("child that sends and writes", child, 0);
}

void step(unsigned number) {
    if (number % 13 == 12) {
        wait_with_mask();
        return;
    }
    const struct itimerval none = {0};
    // The second signal is for a guest that was stopped so long before its call that the first one came too early.
    const struct itimerval timer = {.it_interval = {.tv_sec = 5}, .it_value = {.tv_usec = 400000}};
    const char* name = "";
    const unsigned before = handled;
    expect_success("setitimer", setitimer(ITIMER_REAL, &timer, NULL));
    const int64_t start = now();
    const long result = wait_in_call(number % 13 + number / 13 * 12, &name);
    const int error = errno;
    const unsigned after = handled;
    expect_success("setitimer", setitimer(ITIMER_REAL, &none, NULL));
    expect(name, -1, result);
    expect(name, EINTR, error);
    if (call_begin - start < 100000) {
        expect(name, 1, after - before);
    }
}
