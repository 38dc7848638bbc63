// SPDX-License-Identifier: GPL-2.0-or-later
/// Reads and writes megabytes with one call, also scattered over many pieces.
#include "guest.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

enum { MEGABYTE = 1024 * 1024, MOST = 3 * MEGABYTE, PIECES = 37 };

static char* data;
static char* got;
static int file;

void set_up(void) {
    data = expect_memory("malloc", malloc(MOST));
    got = expect_memory("malloc", malloc(MOST));
    file = (int)expect_success("open", open("big", O_RDWR | O_CREAT | O_TRUNC, 0600));
}

static void use_one_piece(unsigned number, size_t size) {
    fill_pattern(data, size, number);
    expect_success("lseek", lseek(file, 0, SEEK_SET));
    write_all(file, data, size);
    expect("position", (long)size, lseek(file, 0, SEEK_CUR));
    for (size_t done = 0; done < size;) {
        const long count = expect_success("pread", pread(file, got + done, size - done, (off_t)done));
        expect_at_least("bytes of pread", 1, count);
        done += (size_t)count;
    }
    check_pattern("what was written", got, size, number);
}

/// Pieces of different sizes; what a call leaves over is done by the next one.
static void use_pieces(unsigned number, size_t size, ssize_t (*call)(int, const struct iovec*, int), char* memory) {
    expect_success("lseek", lseek(file, 0, SEEK_SET));
    for (size_t done = 0; done < size;) {
        struct iovec pieces[PIECES];
        size_t position = done;
        int count = 0;
        for (; count < PIECES && position < size; ++count) {
            size_t length = 1 + mixed(number + position) % (2 * (MOST / PIECES));
            length = length < size - position ? length : size - position;
            pieces[count] = (struct iovec){.iov_base = memory + position, .iov_len = length};
            position += length;
        }
        const long moved = expect_success("readv or writev", call(file, pieces, count));
        expect_at_least("bytes of readv or writev", 1, moved);
        done += (size_t)moved;
    }
}

void step(unsigned number) {
    const size_t size = MEGABYTE + mixed(number) % (2 * MEGABYTE);
    if (number % 2 == 0) {
        use_one_piece(number, size);
    } else {
        fill_pattern(data, size, number);
        use_pieces(number, size, writev, data);
        memset(got, 0, size);
        use_pieces(number, size, readv, got);
        check_pattern("what was written in pieces", got, size, number);
    }
    // The kernel copies from file to file: nothing passes through the program.
    const int copy = (int)expect_success("open", open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600));
    off_t offset = 0;
    while (offset < (off_t)size) {
        expect_at_least("bytes of sendfile", 1,
                        expect_success("sendfile", sendfile(copy, file, &offset, size - (size_t)offset)));
    }
    expect("pread", 1000, expect_success("pread", pread(copy, got, 1000, 0)));
    check_pattern("copy", got, 1000, number);
    expect_success("close", close(copy));
}

void finish(void) {
    expect_success("unlink", unlink("big"));
    expect_success("unlink", unlink("copy"));
}
