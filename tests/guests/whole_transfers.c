// SPDX-License-Identifier: GPL-2.0-or-later
/// Moves megabytes with one call each: no call may move less than a Linux at home does, and each stays one call.
#include "guest.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { MEGABYTE = 1024 * 1024, SIZE = 4 * MEGABYTE, DATAGRAM = 2 * MEGABYTE, RECORD = 2 * MEGABYTE };

static char* data;
static char* got;
static int file;
static int log_file;
static int zeros;
static int noise;
static int sockets[2];
static bool has_large_datagrams;

void set_up(void) {
    data = expect_memory("malloc", malloc(SIZE));
    got = expect_memory("malloc", malloc(SIZE));
    file = (int)expect_success("open", open("whole", O_RDWR | O_CREAT | O_TRUNC, 0600));
    log_file = (int)expect_success("open", open("appended", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600));
    zeros = (int)expect_success("open", open("/dev/zero", O_RDONLY));
    noise = (int)expect_success("open", open("/dev/urandom", O_RDONLY));
    expect_success("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
    const int size = 2 * DATAGRAM;
    // Only root may have buffers of this size.
    has_large_datagrams = setsockopt(sockets[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) == 0;
}

static void use_position(unsigned number) {
    fill_pattern(data, SIZE, number);
    expect_success("lseek", lseek(file, 0, SEEK_SET));
    expect("bytes of write", SIZE, expect_success("write", write(file, data, SIZE)));
    expect("position", SIZE, lseek(file, 0, SEEK_CUR));
    expect_success("lseek", lseek(file, 0, SEEK_SET));
    memset(got, 0, SIZE);
    expect("bytes of read", SIZE, expect_success("read", read(file, got, SIZE)));
    check_pattern("what was read", got, SIZE, number);
    expect("bytes at the end", 0, expect_success("read", read(file, got, SIZE)));
}

static void use_offset(unsigned number) {
    fill_pattern(data, SIZE, number);
    expect("bytes of pwrite", SIZE, expect_success("pwrite", pwrite(file, data, SIZE, 0)));
    memset(got, 0, SIZE);
    // More than there is.
    expect("bytes of pread", SIZE - 5, expect_success("pread", pread(file, got, SIZE, 5)));
    check_pattern("what was written", data, SIZE, number);
    expect_true("what was read", memcmp(got, data + 5, SIZE - 5) == 0);
}

static void use_pieces(unsigned number) {
    fill_pattern(data, SIZE, number);
    enum { FIRST = MEGABYTE + 3 };
    const struct iovec from[] = {{data, FIRST}, {NULL, 0}, {data + FIRST, SIZE - FIRST}};
    const struct iovec to[] = {{got, FIRST - 1}, {got + FIRST - 1, SIZE - FIRST + 1}};
    expect("bytes of pwritev", SIZE, expect_success("pwritev", pwritev(file, from, 3, 0)));
    memset(got, 0, SIZE);
    expect("bytes of preadv", SIZE, expect_success("preadv", preadv(file, to, 2, 0)));
    check_pattern("what was written in pieces", got, SIZE, number);
    expect_success("lseek", lseek(file, 0, SEEK_SET));
    expect("bytes of writev", SIZE, expect_success("writev", writev(file, from, 3)));
    expect_success("lseek", lseek(file, 0, SEEK_SET));
    memset(got, 0, SIZE);
    expect("bytes of readv", SIZE, expect_success("readv", readv(file, to, 2)));
    check_pattern("what was written in pieces", got, SIZE, number);
}

/// Records of two writers stay whole.
static void append(unsigned number) {
    expect_success("ftruncate", ftruncate(log_file, 0));
    const pid_t child = fork_child();
    memset(data, child == 0 ? 'c' : 'p', RECORD);
    for (int i = 0; i < 2; ++i) {
        expect("bytes appended", RECORD, expect_success("write", write(log_file, data, RECORD)));
    }
    if (child == 0) {
        _exit(0);
    }
    expect_exit("the other writer", child, 0);
    int of_parent = 0;
    for (int i = 0; i < 4; ++i) {
        expect("bytes of pread", RECORD, expect_success("pread", pread(log_file, got, RECORD, (off_t)i * RECORD)));
        of_parent += got[0] == 'p';
        for (size_t place = 0; place < RECORD; ++place) {
            if (got[place] != got[0]) {
                wrong("record that was appended at once", got[0], got[place]);
            }
        }
    }
    expect("own records", 2, of_parent);
    (void)number;
}

static void use_datagrams(unsigned number) {
    fill_pattern(data, DATAGRAM, number);
    if (!has_large_datagrams) {
        expect_error("send", EMSGSIZE, send(sockets[0], data, DATAGRAM, MSG_DONTWAIT));
        return;
    }
    expect("bytes of send", DATAGRAM, expect_success("send", send(sockets[0], data, DATAGRAM, MSG_DONTWAIT)));
    memset(got, 0, DATAGRAM);
    expect("bytes of recv", DATAGRAM, expect_success("recv", recv(sockets[1], got, SIZE, 0)));
    check_pattern("datagram", got, DATAGRAM, number);
    struct iovec pieces[] = {{data, 7}, {data + 7, DATAGRAM - 7}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
    expect("bytes of sendmsg", DATAGRAM, expect_success("sendmsg", sendmsg(sockets[0], &message, MSG_DONTWAIT)));
    struct iovec there = {got, SIZE};
    struct msghdr received = {.msg_iov = &there, .msg_iovlen = 1};
    memset(got, 0, DATAGRAM);
    expect("bytes of recvmsg", DATAGRAM, expect_success("recvmsg", recvmsg(sockets[1], &received, 0)));
    expect("flags of recvmsg", 0, received.msg_flags);
    check_pattern("datagram", got, DATAGRAM, number);
}

/// Devices that have as much as one likes, of which Linux breaks off a read when a signal comes.
static void use_devices(unsigned number) {
    memset(got, 1, SIZE);
    expect("bytes of zero", SIZE, expect_success("read", read(zeros, got, SIZE)));
    for (size_t place = 0; place < SIZE; ++place) {
        if (got[place] != 0) {
            wrong("byte of zero", 0, got[place]);
        }
    }
    const struct iovec to[] = {{got, MEGABYTE + 1}, {got + MEGABYTE + 1, SIZE - MEGABYTE - 1}};
    expect("bytes of readv of urandom", SIZE, expect_success("readv", readv(noise, to, 2)));
    expect("bytes of pread of zero", MEGABYTE, expect_success("pread", pread(zeros, got, MEGABYTE, 7)));
    expect("bytes of getrandom", SIZE, expect_success("getrandom", getrandom(got, SIZE, 0)));
    (void)number;
}

/// More than goes from node to node for one call.
static void use_very_much(unsigned number) {
    enum { MUCH = 40 * MEGABYTE };
    char* much = expect_memory("malloc", malloc(MUCH));
    fill_pattern(much, MUCH, number);
    expect("bytes of pwrite", MUCH, expect_success("pwrite", pwrite(file, much, MUCH, 0)));
    memset(much, 0, MUCH);
    expect("bytes of pread", MUCH, expect_success("pread", pread(file, much, MUCH, 0)));
    check_pattern("very much", much, MUCH, number);
    free(much);
    expect_success("ftruncate", ftruncate(file, SIZE));
}

void step(unsigned number) {
    switch (number % 6) {
        case 0:
            use_position(number);
            break;
        case 1:
            use_offset(number);
            break;
        case 2:
            use_pieces(number);
            break;
        case 3:
            use_datagrams(number);
            break;
        case 4:
            use_devices(number);
            break;
        default:
            append(number);
    }
    if (number % 64 == 4) {
        use_very_much(number);
    }
}

void finish(void) {
    expect_success("unlink", unlink("whole"));
    expect_success("unlink", unlink("appended"));
}
