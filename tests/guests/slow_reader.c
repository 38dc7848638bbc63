// SPDX-License-Identifier: GPL-2.0-or-later
/// Sends much to a child that reads slowly: each call waits in the middle of its transfer, and moves all of it.
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

/// Several times what a pipe and a socket hold.
enum { SIZE = 600 * 1024, PIECE = 16 * 1024 };

static char* data;
static int file;
static int to_child;
static int socket_to_child;
static int answers;
static pid_t child;

/// Reads SIZE bytes from each end in turn, with pauses, and says what their sum is.
static _Noreturn void read_slowly(int pipe_end, int socket_end, int answer_end) {
    for (unsigned turn = 0;; ++turn) {
        uint64_t sum = 0;
        const int from = turn % 4 < 2 ? pipe_end : socket_end;
        for (size_t done = 0; done < SIZE;) {
            char piece[PIECE];
            poll(NULL, 0, 1);
            const ssize_t count = read(from, piece, done + PIECE < SIZE ? PIECE : SIZE - done);
            if (count <= 0) {
                _exit(count == 0 ? 0 : 1);
            }
            for (ssize_t i = 0; i < count; ++i) {
                sum = sum * 31 + (unsigned char)piece[i];
            }
            done += (size_t)count;
        }
        if (write(answer_end, &sum, sizeof sum) != sizeof sum) {
            _exit(1);
        }
    }
}

void set_up(void) {
    int there[2];
    int back[2];
    int ends[2];
    expect_success("pipe", pipe(there));
    expect_success("pipe", pipe(back));
    expect_success("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    data = expect_memory("malloc", malloc(SIZE));
    file = (int)expect_success("open", open("source", O_RDWR | O_CREAT | O_TRUNC, 0600));
    child = fork_child();
    if (child == 0) {
        close(there[1]);
        close(ends[1]);
        close(back[0]);
        read_slowly(there[0], ends[0], back[1]);
    }
    close(there[0]);
    close(ends[0]);
    close(back[1]);
    to_child = there[1];
    socket_to_child = ends[1];
    answers = back[0];
}

void step(unsigned number) {
    fill_pattern(data, SIZE, number);
    const struct iovec pieces[] = {{data, 100}, {data + 100, SIZE / 2}, {data + 100 + SIZE / 2, SIZE / 2 - 100}};
    switch (number % 4) {
        case 0:
            expect("bytes of write", SIZE, expect_success("write", write(to_child, data, SIZE)));
            break;
        case 1:
            expect("bytes of writev", SIZE, expect_success("writev", writev(to_child, pieces, 3)));
            break;
        case 2: {
            off_t offset = 0;
            expect("bytes of pwrite", SIZE, expect_success("pwrite", pwrite(file, data, SIZE, 0)));
            expect("bytes of sendfile", SIZE,
                   expect_success("sendfile", sendfile(socket_to_child, file, &offset, SIZE)));
            expect("offset", SIZE, offset);
            break;
        }
        default: {
            struct msghdr message = {.msg_iov = (struct iovec*)pieces, .msg_iovlen = 3};
            const ssize_t sent =
                number % 8 == 3 ? send(socket_to_child, data, SIZE, 0) : sendmsg(socket_to_child, &message, 0);
            expect("bytes of send or sendmsg", SIZE, expect_success("send or sendmsg", sent));
        }
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < SIZE; ++i) {
        sum = sum * 31 + (unsigned char)data[i];
    }
    uint64_t got = 0;
    read_all(answers, &got, sizeof got);
    expect("sum of what was read", (long long)sum, (long long)got);
}

void finish(void) {
    expect_success("close", close(to_child));
    expect_success("close", close(socket_to_child));
    expect_exit("reader", child, 0);
    expect_success("unlink", unlink("source"));
}
