// SPDX-License-Identifier: GPL-2.0-or-later
/// Sends datagrams to itself, one by one and many at a time, to addresses and over a connection.
#include "guest.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { MESSAGES = 5 };

static int sockets[2];
static struct sockaddr_in addresses[2];

void set_up(void) {
    for (unsigned index = 0; index < 2; ++index) {
        sockets[index] = (int)expect_success("socket", socket(AF_INET, SOCK_DGRAM, 0));
        addresses[index].sin_family = AF_INET;
        addresses[index].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof addresses[index];
        expect_success("bind", bind(sockets[index], (struct sockaddr*)&addresses[index], size));
        expect_success("getsockname", getsockname(sockets[index], (struct sockaddr*)&addresses[index], &size));
    }
}

static void send_one(unsigned number) {
    char data[1200], got[1500];
    struct sockaddr_in sender = {0};
    socklen_t size = sizeof sender;
    const size_t length = 1 + mixed(number) % sizeof data;
    fill_pattern(data, length, number);
    expect("sendto", (long)length,
           sendto(sockets[0], data, length, 0, (struct sockaddr*)&addresses[1], sizeof addresses[1]));
    expect("recvfrom", (long)length, recvfrom(sockets[1], got, sizeof got, 0, (struct sockaddr*)&sender, &size));
    check_pattern("datagram", got, length, number);
    expect("port of the sender", addresses[0].sin_port, sender.sin_port);
    expect("size of the sender's address", sizeof sender, size);

    // A datagram that is too long for the buffer is cut, and recv() says how long it was.
    expect("sendto", 100, sendto(sockets[0], data, 100, 0, (struct sockaddr*)&addresses[1], sizeof addresses[1]));
    got[10] = 'z';
    expect("recv with MSG_TRUNC", 100, recv(sockets[1], got, 10, MSG_TRUNC));
    expect("byte behind a short buffer", 'z', got[10]);
}

static void send_many(unsigned number) {
    struct mmsghdr messages[MESSAGES] = {0};
    struct iovec parts[MESSAGES][2];
    char data[MESSAGES][64], got[MESSAGES][2][64];
    for (unsigned index = 0; index < MESSAGES; ++index) {
        fill_pattern(data[index], sizeof data[index], number * MESSAGES + index);
        parts[index][0] = (struct iovec){.iov_base = data[index], .iov_len = 10 + index};
        parts[index][1] = (struct iovec){.iov_base = data[index] + 10 + index, .iov_len = 20};
        messages[index].msg_hdr = (struct msghdr){
            .msg_iov = parts[index], .msg_iovlen = 2, .msg_name = &addresses[1], .msg_namelen = sizeof addresses[1]};
    }
    expect("sendmmsg", MESSAGES, expect_success("sendmmsg", sendmmsg(sockets[0], messages, MESSAGES, 0)));
    for (unsigned index = 0; index < MESSAGES; ++index) {
        parts[index][0] = (struct iovec){.iov_base = got[index][0], .iov_len = 7};
        parts[index][1] = (struct iovec){.iov_base = got[index][1], .iov_len = 64};
        messages[index].msg_hdr = (struct msghdr){.msg_iov = parts[index], .msg_iovlen = 2};
    }
    expect("recvmmsg", MESSAGES, expect_success("recvmmsg", recvmmsg(sockets[1], messages, MESSAGES, 0, NULL)));
    for (unsigned index = 0; index < MESSAGES; ++index) {
        expect("length of a message", 30 + index, messages[index].msg_len);
        expect("first part", 0, memcmp(data[index], got[index][0], 7));
        expect("second part", 0, memcmp(data[index] + 7, got[index][1], 23 + index));
    }
}

void step(unsigned number) {
    send_one(number);
    send_many(number);
    compute();
}
