// SPDX-License-Identifier: GPL-2.0-or-later
/// Writes into pipes and reads them itself, up to the limit of what a pipe holds.
#include "guest.h"

#include <fcntl.h>

static int blocking[2];
static int nonblocking[2];

void set_up(void) {
    expect_success("pipe", pipe(blocking));
    expect_success("pipe2", pipe2(nonblocking, O_NONBLOCK | O_CLOEXEC));
}

void step(unsigned number) {
    char data[4096], got[4096];
    const size_t size = 1 + mixed(number) % sizeof data;
    fill_pattern(data, size, number);
    write_all(blocking[1], data, size);
    read_all(blocking[0], got, size);
    check_pattern("data from a pipe", got, size, number);

    expect_error("read of an empty pipe", EAGAIN, read(nonblocking[0], got, sizeof got));
    unsigned written = 0;
    while (write(nonblocking[1], data, sizeof data) == (ssize_t)sizeof data) {
        ++written;
    }
    expect("error of a full pipe", EAGAIN, errno);
    expect("blocks in a full pipe",
           expect_success("fcntl(F_GETPIPE_SZ)", fcntl(nonblocking[0], F_GETPIPE_SZ)) / (long)sizeof data, written);
    for (unsigned block = 0; block < written; ++block) {
        read_all(nonblocking[0], got, sizeof got);
        expect("block from a full pipe", 0, memcmp(data, got, sizeof got));
    }

    int brief[2];
    expect_success("pipe", pipe(brief));
    write_all(brief[1], data, 10);
    expect_success("close", close(brief[1]));
    read_all(brief[0], got, 10);
    expect("end of a pipe that nobody writes to", 0, expect_success("read", read(brief[0], got, sizeof got)));
    expect_success("close", close(brief[0]));
}
