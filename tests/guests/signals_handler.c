// SPDX-License-Identifier: GPL-2.0-or-later
/// Sends itself signals: kill() returns only after the handler has run, and interrupts what it must interrupt.
#include "guest.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>

static volatile unsigned handled[65];
static volatile int nesting;
static volatile int deepest;
static int pipe_ends[2];

static void count(int signal) {
    ++nesting;
    deepest = nesting > deepest ? nesting : deepest;
    ++handled[signal];
    if (signal == SIGUSR1 && handled[SIGUSR1] % 4 == 0) {
        // A handler that is interrupted by another one.
        kill(getpid(), SIGUSR2);
    }
    --nesting;
}

static void write_byte(int signal) {
    ++handled[signal];
    write_all(pipe_ends[1], "x", 1);
}

static void install(int signal, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, got;
    sigaddset(&action.sa_mask, SIGHUP);
    expect_success("sigaction", sigaction(signal, &action, NULL));
    expect_success("sigaction", sigaction(signal, NULL, &got));
    expect_true("handler that was set", got.sa_handler == handler);
    expect("a signal of its mask", 1, sigismember(&got.sa_mask, SIGHUP));
    expect("SA_RESTART", flags & SA_RESTART, got.sa_flags & SA_RESTART);
}

/// Again and again, as the first may come before the program waits for it.
static void set_timer(bool is_on) {
    const struct itimerval setting = {.it_value = {.tv_usec = is_on ? 3000 : 0}, .it_interval = {.tv_usec = 20000}};
    expect_success("setitimer", setitimer(ITIMER_REAL, &setting, NULL));
}

/// read() ends with EINTR, or goes on with what the handler has written when the handler says so.
static void interrupt_read(void) {
    char byte = 0;
    const unsigned before = handled[SIGALRM];
    install(SIGALRM, count, 0);
    set_timer(true);
    expect_error("read that a signal interrupts", EINTR, read(pipe_ends[0], &byte, 1));
    set_timer(false);
    expect_at_least("handled SIGALRM", before + 1, handled[SIGALRM]);

    handled[SIGALRM] = 0;
    install(SIGALRM, write_byte, SA_RESTART);
    set_timer(true);
    expect("read that goes on after a signal", 1, expect_success("read", read(pipe_ends[0], &byte, 1)));
    set_timer(false);
    expect("byte that the handler wrote", 'x', byte);
    for (unsigned left = handled[SIGALRM] - 1; left > 0; --left) {
        read_all(pipe_ends[0], &byte, 1);
    }
}

void set_up(void) {
    expect_success("pipe", pipe(pipe_ends));
    install(SIGUSR1, count, 0);
    install(SIGUSR2, count, SA_RESTART);
}

void step(unsigned number) {
    expect_success("kill", kill(getpid(), SIGUSR1));
    expect("handled SIGUSR1", number + 1, handled[SIGUSR1]);
    expect("handled SIGUSR2", (number + 1) / 4, handled[SIGUSR2]);
    expect("depth of handlers", number >= 3 ? 2 : 1, deepest);
    expect_success("raise", raise(0));
    compute();

    interrupt_read();

    // A handler for one time only, and a signal that is ignored.
    install(SIGWINCH, count, (int)SA_RESETHAND);
    expect_success("raise", raise(SIGWINCH));
    expect_success("raise", raise(SIGWINCH));
    expect("handled SIGWINCH", number + 1, handled[SIGWINCH]);
    expect_true("signal", signal(SIGTERM, SIG_IGN) != SIG_ERR);
    expect_success("kill", kill(getpid(), SIGTERM));
}
