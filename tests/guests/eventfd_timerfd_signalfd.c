// SPDX-License-Identifier: GPL-2.0-or-later
/// Counts events, waits for timers and takes signals, all by reading descriptors.
#include "guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

static int events;
static int timer;
static int signals;
static int changes;

void set_up(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    expect_success("sigprocmask", sigprocmask(SIG_BLOCK, &set, NULL));
    events = (int)expect_success("eventfd", eventfd(0, EFD_NONBLOCK));
    timer = (int)expect_success("timerfd_create", timerfd_create(CLOCK_MONOTONIC, 0));
    signals = (int)expect_success("signalfd", signalfd(-1, &set, SFD_CLOEXEC));
    expect_success("mkdir", mkdir("folder", 0755));
    changes = (int)expect_success("inotify_init1", inotify_init1(IN_CLOEXEC));
    expect_success("inotify_add_watch", inotify_add_watch(changes, "folder", IN_CREATE));
}

static void use_timer(void) {
    const struct itimerspec setting = {.it_value = {.tv_nsec = 3000000}};
    const int64_t start = now();
    uint64_t expirations = 0;
    struct itimerspec left;
    expect_success("timerfd_settime", timerfd_settime(timer, 0, &setting, NULL));
    expect_success("timerfd_gettime", timerfd_gettime(timer, &left));
    expect_at_least("3 ms less the remaining time", 0, 3000000 - left.it_value.tv_nsec);
    read_all(timer, &expirations, sizeof expirations);
    expect("expirations", 1, (long long)expirations);
    expect_at_least("time until the timer", 3000 - CLOCK_ERROR, now() - start);

    // To a point in time, on the clock that must not jump when the program is moved.
    struct itimerspec absolute = {0};
    expect_success("clock_gettime", clock_gettime(CLOCK_MONOTONIC, &absolute.it_value));
    // Not another reading: a move may come between two.
    const int64_t second_start = absolute.it_value.tv_sec * INT64_C(1000000) + absolute.it_value.tv_nsec / 1000;
    absolute.it_value.tv_nsec += 2000000;
    absolute.it_value.tv_sec += absolute.it_value.tv_nsec / 1000000000;
    absolute.it_value.tv_nsec %= 1000000000;
    expect_success("timerfd_settime", timerfd_settime(timer, TFD_TIMER_ABSTIME, &absolute, NULL));
    read_all(timer, &expirations, sizeof expirations);
    expect_at_least("time until a point in time", 2000 - CLOCK_ERROR, now() - second_start);
}

void step(unsigned number) {
    uint64_t value = 0;
    const uint64_t three = 3, seven = 7;
    expect_error("read of no events", EAGAIN, read(events, &value, sizeof value));
    write_all(events, &three, sizeof three);
    write_all(events, &seven, sizeof seven);
    read_all(events, &value, sizeof value);
    expect("events", 10, (long long)value);

    use_timer();

    struct signalfd_siginfo info;
    const union sigval sent = {.sival_int = (int)number};
    expect_success("sigqueue", sigqueue(getpid(), SIGUSR1, sent));
    struct pollfd file = {.fd = signals, .events = POLLIN};
    expect("poll", 1, expect_success("poll", poll(&file, 1, (int)(PATIENCE / 1000))));
    read_all(signals, &info, sizeof info);
    expect("signal", SIGUSR1, info.ssi_signo);
    expect("value", number, info.ssi_int);
    expect("sender", getpid(), info.ssi_pid);

    char buffer[300];
    fclose(expect_memory("fopen", fopen("folder/watched", "we")));
    expect_at_least("bytes of a change", (long)sizeof(struct inotify_event),
                    expect_success("read", read(changes, buffer, sizeof buffer)));
    expect_text("file that was made", "watched", ((const struct inotify_event*)(const void*)buffer)->name);
    expect_success("unlink", unlink("folder/watched"));
}

void finish(void) {
    expect_success("rmdir", rmdir("folder"));
}
