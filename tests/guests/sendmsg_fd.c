// SPDX-License-Identifier: GPL-2.0-or-later
/// Sends an open file to itself through a socket: what arrives is another descriptor of the same file.
#include "guest.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

static int pair[2];
static int file;

void set_up(void) {
    expect_success("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    file = (int)expect_success("open", open("sent", O_RDWR | O_CREAT | O_TRUNC, 0600));
    write_all(file, "0123456789", 10);
}

static void send_file(unsigned number) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = &number, .iov_len = sizeof number};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes};
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &file, sizeof file);
    expect("sendmsg", sizeof number, expect_success("sendmsg", sendmsg(pair[0], &message, 0)));
}

static int receive_file(unsigned number) {
    union {
        struct cmsghdr header;
        char bytes[256];
    } control = {0};
    unsigned got = 0;
    int received = -1;
    struct iovec part = {.iov_base = &got, .iov_len = sizeof got};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes};
    expect("recvmsg", sizeof got, expect_success("recvmsg", recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC)));
    expect("number that was sent", number, got);
    const struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    expect_true("message has control data", header != NULL);
    expect("type of the control data", SCM_RIGHTS, header->cmsg_type);
    expect("length of the control data", CMSG_LEN(sizeof(int)), (long long)header->cmsg_len);
    memcpy(&received, CMSG_DATA(header), sizeof received);
    return received;
}

void step(unsigned number) {
    char byte = 0;
    struct stat sent, got;
    send_file(number);
    const int received = receive_file(number);
    expect_true("it is another descriptor", received != file);
    expect("close-on-exec", FD_CLOEXEC, expect_success("fcntl", fcntl(received, F_GETFD)));
    expect_success("fstat", fstat(file, &sent));
    expect_success("fstat", fstat(received, &got));
    expect("file", (long long)sent.st_ino, (long long)got.st_ino);
    expect_success("lseek", lseek(file, number % 10, SEEK_SET));
    read_all(received, &byte, 1);
    expect("byte of the file", '0' + number % 10, byte);
    expect_success("close", close(received));
    compute();
}

void finish(void) {
    expect_success("unlink", unlink("sent"));
}
