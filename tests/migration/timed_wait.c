// SPDX-License-Identifier: GPL-2.0-or-later
/// timed_wait CALL MILLISECONDS: waits with that timeout for what never comes, by the call of that name, and prints how
/// long that took, in milliseconds.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int sockets[2];

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/// Returns 0 when the time was over.
static int wait_by(const char* call, int milliseconds) {
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    if (strcmp(call, "epoll_wait") == 0) {
        struct epoll_event event = {.events = EPOLLIN};
        const int epoll = epoll_create1(0);
        return epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[0], &event) != 0 || epoll_wait(epoll, &event, 1, milliseconds) != 0;
    }
    if (strcmp(call, "sigtimedwait") == 0) {
        sigset_t user;
        sigemptyset(&user);
        sigaddset(&user, SIGUSR1);
        sigprocmask(SIG_BLOCK, &user, NULL);
        return sigtimedwait(&user, NULL, &time) != -1 || errno != EAGAIN;
    }
    if (strcmp(call, "semtimedop") == 0) {
        struct sembuf down = {.sem_op = -1};
        const int semaphore = semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT);
        const int failed = semtimedop(semaphore, &down, 1, &time) != -1 || errno != EAGAIN;
        semctl(semaphore, 0, IPC_RMID);
        return failed;
    }
    if (strcmp(call, "recv") == 0) {
        char byte;
        const struct timeval limit = {time.tv_sec, time.tv_nsec / 1000};
        return setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
               recv(sockets[0], &byte, 1, 0) != -1 || errno != EAGAIN;
    }
    return 1;
}

int main(int count, char** arguments) {
    if (count != 3 || socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets) != 0) {
        return 2;
    }
    const long long start = now();
    if (wait_by(arguments[1], atoi(arguments[2])) != 0) {
        return 1;
    }
    printf("%lld\n", now() - start);
    return 0;
}
