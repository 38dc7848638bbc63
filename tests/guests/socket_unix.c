// SPDX-License-Identifier: GPL-2.0-or-later
/// Talks over sockets of the local host: by name, without a name, in pairs of streams, datagrams and packets.
#include "guest.h"

#include <sys/socket.h>
#include <sys/un.h>

static int listener;
static struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};

void set_up(void) {
    unlink("socket");
    listener = (int)expect_success("socket", socket(AF_UNIX, SOCK_STREAM, 0));
    expect_success("bind", bind(listener, (struct sockaddr*)&address, sizeof address));
    expect_success("listen", listen(listener, 4));
}

static void use_named(unsigned number) {
    char data[1000], got[1000];
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    const int client = (int)expect_success("socket", socket(AF_UNIX, SOCK_STREAM, 0));
    expect_success("connect", connect(client, (struct sockaddr*)&address, sizeof address));
    const int server = (int)expect_success("accept", accept(listener, NULL, NULL));
    expect_success("getsockopt", getsockopt(server, SOL_SOCKET, SO_PEERCRED, &peer, &size));
    expect("peer's pid", getpid(), peer.pid);
    expect("peer's user", geteuid(), peer.uid);
    fill_pattern(data, sizeof data, number);
    write_all(client, data, sizeof data);
    read_all(server, got, sizeof got);
    check_pattern("data", got, sizeof got, number);
    expect_success("close", close(client));
    expect("end", 0, expect_success("read", read(server, got, sizeof got)));
    expect_success("close", close(server));
}

static void use_pair(int type) {
    int pair[2];
    char got[16] = {0};
    expect_success("socketpair", socketpair(AF_UNIX, type, 0, pair));
    expect("send", 3, expect_success("send", send(pair[0], "one", 3, 0)));
    expect("send", 5, expect_success("send", send(pair[0], "three", 5, 0)));
    // Only a stream has no boundaries.
    expect("recv", type == SOCK_STREAM ? 8 : 3, expect_success("recv", recv(pair[1], got, sizeof got, 0)));
    if (type != SOCK_STREAM) {
        expect("recv", 5, expect_success("recv", recv(pair[1], got, sizeof got, 0)));
        expect_text("second message", "three", got);
    }
    // All that is wanted, which only a stream has in several messages.
    expect("send", 4, expect_success("send", send(pair[0], "four", 4, 0)));
    expect("send", 4, expect_success("send", send(pair[0], "five", 4, 0)));
    const ssize_t wanted = type == SOCK_STREAM ? 8 : 4;
    expect("recv of all", wanted, expect_success("recv", recv(pair[1], got, 8, MSG_WAITALL)));
    if (type != SOCK_STREAM) {
        struct iovec part = {got, 8};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        expect("recvmsg of all", 4, expect_success("recvmsg", recvmsg(pair[1], &message, MSG_WAITALL)));
    }
    expect_success("close", close(pair[0]));
    expect_success("close", close(pair[1]));
}

void step(unsigned number) {
    use_named(number);
    use_pair(SOCK_STREAM);
    use_pair(SOCK_DGRAM);
    use_pair(SOCK_SEQPACKET);
    compute();
}

void finish(void) {
    expect_success("unlink", unlink("socket"));
}
