// SPDX-License-Identifier: GPL-2.0-or-later
/// Listens, connects to itself, accepts, and talks over TCP on the loopback interface, blocking and not.
#include "guest.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

static int listener;
static struct sockaddr_in address;
static int lasting[2];

static int accept_with(struct sockaddr_in* peer) {
    socklen_t size = sizeof *peer;
    const int accepted = (int)expect_success("accept4", accept4(listener, (struct sockaddr*)peer, &size, SOCK_CLOEXEC));
    expect("size of a peer's address", sizeof *peer, size);
    return accepted;
}

static void connect_pair(int pair[2]) {
    struct sockaddr_in own = {0}, peer = {0};
    socklen_t size = sizeof own;
    pair[0] = (int)expect_success("socket", socket(AF_INET, SOCK_STREAM, 0));
    expect_success("connect", connect(pair[0], (struct sockaddr*)&address, sizeof address));
    pair[1] = accept_with(&peer);
    expect_success("getsockname", getsockname(pair[0], (struct sockaddr*)&own, &size));
    expect("port of the peer", own.sin_port, peer.sin_port);
    expect("address of the peer", htonl(INADDR_LOOPBACK), peer.sin_addr.s_addr);
}

void set_up(void) {
    const int yes = 1;
    listener = (int)expect_success("socket", socket(AF_INET, SOCK_STREAM, 0));
    expect_success("setsockopt", setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    expect_success("bind", bind(listener, (struct sockaddr*)&address, sizeof address));
    expect_success("listen", listen(listener, 4));
    expect_success("getsockname", getsockname(listener, (struct sockaddr*)&address, &size));
    connect_pair(lasting);
}

/// A connection that lives as long as the guest.
static void use_lasting(unsigned number) {
    char data[3000], got[3000];
    const size_t size = 1 + mixed(number) % sizeof data;
    fill_pattern(data, size, number);
    write_all(lasting[number % 2], data, size);
    read_all(lasting[1 - number % 2], got, size);
    check_pattern("data over TCP", got, size, number);
}

/// A connection that lives for one step, and that does not block.
static void use_brief(unsigned number) {
    int pair[2], yes = 1, got_option = 0;
    char got[16] = {0};
    socklen_t size = sizeof got_option;
    connect_pair(pair);
    expect_success("setsockopt", setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes));
    expect_success("getsockopt", getsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &got_option, &size));
    expect_true("TCP_NODELAY", got_option != 0);
    expect_success("fcntl", fcntl(pair[1], F_SETFL, O_RDWR | O_NONBLOCK));
    expect_error("recv of nothing", EAGAIN, recv(pair[1], got, sizeof got, 0));
    expect("send", 5, expect_success("send", send(pair[0], "12345", 5, MSG_NOSIGNAL)));
    struct pollfd file = {.fd = pair[1], .events = POLLIN};
    expect("poll", 1, expect_success("poll", poll(&file, 1, (int)(PATIENCE / 1000))));
    expect("recv with MSG_PEEK", 5, expect_success("recv", recv(pair[1], got, sizeof got, MSG_PEEK)));
    expect("recv", 5, expect_success("recv", recv(pair[1], got, sizeof got, 0)));
    expect_text("data", "12345", got);
    expect_success("shutdown", shutdown(pair[0], SHUT_WR));
    expect("poll", 1, expect_success("poll", poll(&file, 1, (int)(PATIENCE / 1000))));
    expect("end of the connection", 0, expect_success("read", read(pair[1], got, sizeof got)));
    expect_success("close", close(pair[0]));
    expect_success("close", close(pair[1]));
    (void)number;
}

void step(unsigned number) {
    use_lasting(number);
    use_brief(number);
}
