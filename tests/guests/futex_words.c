// SPDX-License-Identifier: GPL-2.0-or-later
/// Waits for and wakes words of memory, and uses semaphores and locks of the C library that are made of them.
#include "guest.h"

#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>

static pthread_mutex_t robust;

#ifdef __USE_TIME_BITS64
#define FUTEX_CALL SYS_futex_time64
#else
#define FUTEX_CALL SYS_futex
#endif

static long futex(uint32_t* word, int operation, uint32_t value, const struct timespec* time) {
    return syscall(FUTEX_CALL, word, operation, value, time, NULL, 0);
}

void set_up(void) {
    pthread_mutexattr_t attributes;
    expect("pthread_mutexattr_init", 0, pthread_mutexattr_init(&attributes));
    expect("pthread_mutexattr_setrobust", 0, pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    expect("pthread_mutexattr_settype", 0, pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK));
    expect("pthread_mutex_init", 0, pthread_mutex_init(&robust, &attributes));
}

void step(unsigned number) {
    static uint32_t word;
    const struct timespec brief = {.tv_nsec = 2000000};
    struct timespec end;
    sem_t semaphore;
    word = number;
    expect_error("futex with another value", EAGAIN, futex(&word, FUTEX_WAIT_PRIVATE, number + 1, &brief));
    const int64_t start = now();
    expect_error("futex until its time", ETIMEDOUT, futex(&word, FUTEX_WAIT_PRIVATE, number, &brief));
    expect_at_least("time of futex", 2000 - CLOCK_ERROR, now() - start);
    expect("futex that wakes nobody", 0, futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL));

    expect_success("sem_init", sem_init(&semaphore, 0, 1));
    expect_success("sem_wait", sem_wait(&semaphore));
    expect_success("clock_gettime", clock_gettime(CLOCK_REALTIME, &end));
    expect_error("sem_timedwait", ETIMEDOUT, sem_timedwait(&semaphore, &end));
    expect_success("sem_destroy", sem_destroy(&semaphore));

    expect("pthread_mutex_lock", 0, pthread_mutex_lock(&robust));
    compute();
    expect("pthread_mutex_lock of what is ours", EDEADLK, pthread_mutex_lock(&robust));
    expect("pthread_mutex_unlock", 0, pthread_mutex_unlock(&robust));
}
