// SPDX-License-Identifier: GPL-2.0-or-later
/// What the kernel says of the thread that asks, by the calls that libraries make for mutexes and raise(): always the
/// same thread, which the program's signals reach.
#include "guest.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <sys/syscall.h>

static volatile sig_atomic_t caught;
static pid_t self;
static int cleared_at_exit;
static long robust_list[3];

static void catch (int signal) {
    (void)signal;
    ++caught;
}

void set_up(void) {
    self = getpid();
    signal(SIGUSR1, catch);
    robust_list[0] = (long)robust_list;
    expect_success("set_robust_list", syscall(SYS_set_robust_list, robust_list, sizeof robust_list));
    expect_success("membarrier", syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
}

/// As musl starts a program, and raises a signal with what it was told.
static void use_thread_id(void) {
    const pid_t thread = (pid_t)syscall(SYS_set_tid_address, &cleared_at_exit);
    expect("set_tid_address", self, thread);
    expect("gettid", self, syscall(SYS_gettid));
    const int before = caught;
    expect_success("tkill", syscall(SYS_tkill, thread, SIGUSR1));
    expect("signals", before + 1, caught);
    expect_success("tgkill", syscall(SYS_tgkill, self, thread, SIGUSR1));
    expect("signals", before + 2, caught);
}

static void use_robust_list(pid_t whose) {
    void* head = NULL;
    size_t size = 0;
    expect_success("get_robust_list", syscall(SYS_get_robust_list, whose, &head, &size));
    expect_true("own list", head == robust_list);
    expect("size of the list", sizeof robust_list, (long)size);
}

/// With priority inheritance the kernel compares a word of the program with the thread's number.
static void use_inheriting_futex(void) {
    unsigned word = (unsigned)self;
    expect_error("FUTEX_LOCK_PI of what it has", EDEADLK,
                 syscall(SYS_futex, &word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0));
    expect_success("FUTEX_UNLOCK_PI",
                   syscall(SYS_futex, &word, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0));
    expect("futex", 0, word);
    expect_success("FUTEX_LOCK_PI", syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    expect("futex", self, word & FUTEX_TID_MASK);
    expect_success("FUTEX_UNLOCK_PI", syscall(SYS_futex, &word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
}

void step(unsigned number) {
    use_thread_id();
    use_robust_list(number % 2 == 0 ? 0 : self);
    expect_success("membarrier", syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    clockid_t clock = 0;
    expect("clock_getcpuclockid", 0, clock_getcpuclockid(self, &clock));
    struct timespec resolution = {0};
    expect_success("clock_getres", clock_getres(clock, &resolution));
    compute();
    if (number % 8 == 0) {
        use_inheriting_futex();
    }
}

void finish(void) {}
