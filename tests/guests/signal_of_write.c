// SPDX-License-Identifier: GPL-2.0-or-later
/// Gets a signal at the end of each of its writes (F_SETOWN of fcntl(2)): the handler runs once, before the call's result is
/// seen, and all bytes are written.
#include "guest.h"

#include <fcntl.h>
#include <signal.h>

enum { SIZE = 300, WRITES = 20 };

static volatile unsigned handled;
static int ends[2];
static unsigned char sent[SIZE];

static void on_signal(int signal, siginfo_t* info, void* context) {
    (void)signal;
    (void)info;
    (void)context;
    ++handled;
}

void set_up(void) {
    const struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    expect_success("sigaction", sigaction(SIGIO, &action, NULL));
    expect_success("pipe", pipe(ends));
    expect_success("fcntl(F_SETOWN)", fcntl(ends[0], F_SETOWN, getpid()));
    expect_success("fcntl(F_SETFL)", fcntl(ends[0], F_SETFL, O_ASYNC));
}

void step(unsigned number) {
    for (unsigned i = 0; i < WRITES; ++i) {
        const unsigned before = handled;
        fill_pattern(sent, SIZE, number * WRITES + i);
        expect("bytes written", SIZE, write(ends[1], sent, SIZE));
        expect("signals of a write", 1, handled - before);
        unsigned char got[SIZE];
        expect("bytes read", SIZE, read(ends[0], got, SIZE));
        check_pattern("what was written", got, SIZE, number * WRITES + i);
    }
    compute();
}

void finish(void) {
    expect("signals that came", 0, handled % WRITES);
}
