// SPDX-License-Identifier: GPL-2.0-or-later
/// Waits with timeouts while a signal that it ignores comes again and again: the time that is left goes on, and what the
/// call writes is right, however often it is interrupted unseen.
#include "guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { MILLISECONDS = 300 };

static int empty[2];
static int sockets[2];
static int epoll;
static int semaphore;

static void do_nothing(int signal) {
    (void)signal;
}

void set_up(void) {
    const struct sigaction action = {.sa_handler = do_nothing};
    expect_success("sigaction", sigaction(SIGALRM, &action, NULL));
    sigset_t user;
    sigemptyset(&user);
    sigaddset(&user, SIGUSR1);
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &user, NULL));
    expect_success("pipe", pipe(empty));
    expect_success("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
    const struct timeval time = {.tv_usec = MILLISECONDS * 1000};
    expect_success("setsockopt", setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    epoll = (int)expect_success("epoll_create1", epoll_create1(EPOLL_CLOEXEC));
    struct epoll_event event = {.events = EPOLLIN};
    expect_success("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, empty[0], &event));
    semaphore = (int)expect_success("semget", semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT));
    // It sends for the guest's whole life, and dies with it.
    const pid_t self = getpid();
    if (fork_child() == 0) {
        while (getppid() == self) {
            kill(self, SIGWINCH);
            usleep(100000);
        }
        _exit(0);
    }
}

void finish(void) {
    expect_success("semctl", semctl(semaphore, 0, IPC_RMID));
}

static void wait_for_time(unsigned number) {
    char byte;
    sigset_t user;
    sigemptyset(&user);
    sigaddset(&user, SIGUSR1);
    const struct timespec time = {.tv_nsec = MILLISECONDS * 1000000};
    struct pollfd polled = {.fd = empty[0], .events = POLLIN};
    struct epoll_event event;
    struct sembuf down = {.sem_op = -1};
    const int64_t start = now();
    switch (number) {
        case 0:
            expect("poll", 0, poll(&polled, 1, MILLISECONDS));
            break;
        case 1:
            expect("epoll_wait", 0, epoll_wait(epoll, &event, 1, MILLISECONDS));
            break;
        case 2:
            expect_error("semtimedop", EAGAIN, semtimedop(semaphore, &down, 1, &time));
            break;
        case 3:
            expect_error("sigtimedwait", EAGAIN, sigtimedwait(&user, NULL, &time));
            break;
        default:
            expect_error("recv", EAGAIN, recv(sockets[0], &byte, 1, 0));
            break;
    }
    expect_at_least("time that was waited", MILLISECONDS * 1000 - 2 * CLOCK_ERROR, now() - start);
}

/// The kernel goes on with poll() by restart_syscall(), which knows where the result belongs.
static void poll_for_child(void) {
    const pid_t child = fork_child();
    if (child == 0) {
        usleep(MILLISECONDS * 1000);
        _exit((int)write(empty[1], "x", 1) - 1);
    }
    struct pollfd polled = {.fd = empty[0], .events = POLLIN, .revents = 0x7e00};
    expect("poll", 1, poll(&polled, 1, 60000));
    expect("revents", POLLIN, polled.revents);
    expect("fd", empty[0], polled.fd);
    char byte;
    read_all(empty[0], &byte, 1);
    expect_exit("child that writes", child, 0);
}

static void sleep_until_handler(void) {
    const struct timespec length = {.tv_sec = 60};
    struct timespec left = {.tv_sec = -1};
    const struct itimerval timer = {.it_value = {.tv_usec = MILLISECONDS * 1000}};
    const int64_t start = now();
    expect_success("setitimer", setitimer(ITIMER_REAL, &timer, NULL));
    expect_error("nanosleep", EINTR, nanosleep(&length, &left));
    const int64_t slept = now() - start;
    const int64_t rest = left.tv_sec * INT64_C(1000000) + left.tv_nsec / 1000;
    expect_at_least("time that is left", 60 * INT64_C(1000000) - slept - 2 * CLOCK_ERROR, rest);
    expect_at_least("time that was slept", MILLISECONDS * 1000 - 100000, 60 * INT64_C(1000000) - rest);
}

void step(unsigned number) {
    const unsigned kind = number % 7;
    if (kind == 5) {
        poll_for_child();
    } else if (kind == 6) {
        sleep_until_handler();
    } else {
        wait_for_time(kind);
    }
}
