// SPDX-License-Identifier: GPL-2.0-or-later
/// Has all that a process inherits from who starts it, some of it in an unusual way, and finds it unchanged.
#include "guest.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static cpu_set_t processors;
static struct rlimit limits[RLIM_NLIMITS];
static int io_priority;
static int session;
static int group;
static int timer_slack;

static int get_io_priority(void) {
    return (int)expect_success("ioprio_get", syscall(SYS_ioprio_get, 1, 0));
}

static void get_limit(int number, struct rlimit* limit) {
    expect_success("getrlimit", getrlimit((__rlimit_resource_t)number, limit));
}

void set_up(void) {
    expect_true("signal", signal(SIGWINCH, SIG_IGN) != SIG_ERR);
    expect_success("sched_getaffinity", sched_getaffinity(0, sizeof processors, &processors));
    for (int number = 0; number < RLIM_NLIMITS; ++number) {
        get_limit(number, &limits[number]);
    }
    limits[RLIMIT_CORE].rlim_cur = limits[RLIMIT_CORE].rlim_max < 4096 ? 0 : 4096;
    expect_success("setrlimit", setrlimit(RLIMIT_CORE, &limits[RLIMIT_CORE]));
    umask(0027);
    io_priority = get_io_priority();
    session = getsid(0);
    group = getpgrp();
    expect_success("PR_SET_TIMERSLACK", prctl(PR_SET_TIMERSLACK, 70000, 0, 0, 0));
    timer_slack = 70000;
}

static void check_signals(void) {
    for (int number = 1; number <= SIGRTMAX; ++number) {
        struct sigaction action;
        // Those between are the C library's.
        if (number < 32 || number >= SIGRTMIN) {
            expect_success("sigaction", sigaction(number, NULL, &action));
            expect_true("action of a signal", action.sa_handler == (number == SIGWINCH ? SIG_IGN : SIG_DFL));
        }
    }
    sigset_t blocked;
    expect_success("sigprocmask", sigprocmask(SIG_SETMASK, NULL, &blocked));
    expect("blocked signals", 1, sigisemptyset(&blocked));
}

void step(unsigned number) {
    (void)number;
    check_signals();
    cpu_set_t now_allowed;
    expect_success("sched_getaffinity", sched_getaffinity(0, sizeof now_allowed, &now_allowed));
    expect_true("processor affinity", CPU_EQUAL(&now_allowed, &processors));
    for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
        struct rlimit limit;
        get_limit(resource, &limit);
        expect_true("resource limit", limit.rlim_cur == limits[resource].rlim_cur && limit.rlim_max == limits[resource].rlim_max);
    }
    expect("umask", 0027, umask(0027));
    expect("I/O priority", io_priority, get_io_priority());
    expect("session", session, getsid(0));
    expect("process group", group, getpgrp());
    expect("timer slack", timer_slack, prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    expect("huge pages disabled", 0, prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    expect("no new privileges", 0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    expect("dumpable", 1, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    expect("secure bits", 0, prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
    expect("kill by memory failure", PR_MCE_KILL_DEFAULT, prctl(PR_MCE_KILL_GET, 0, 0, 0, 0));
    int policy = -1;
    if (syscall(SYS_get_mempolicy, &policy, NULL, 0, NULL, 0) == 0) {
        expect("memory policy", 0, policy);
    }
    compute();
}
