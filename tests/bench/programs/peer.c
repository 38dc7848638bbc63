// SPDX-License-Identifier: GPL-2.0-or-later
// What the network costs without us: requests and responses over TCP.
//   peer serve PORT                                   one connection after the other, until it is killed
//   peer ask ADDRESS PORT REQUEST RESPONSE COUNT      sizes in bytes; prints the median time of one, in seconds
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "measuring.h"

enum { CHUNK = 1 << 20 };

/// Into one place over and over: the network is measured, not the memory.
static int receive(int socket, char* buffer, size_t size) {
    while (size > 0) {
        const ssize_t part = recv(socket, buffer, size < CHUNK ? size : CHUNK, 0);
        if (part <= 0) return 0;
        size -= (size_t)part;
    }
    return 1;
}

static int send_all(int socket, const char* buffer, size_t size) {
    while (size > 0) {
        const ssize_t part = send(socket, buffer, size, MSG_NOSIGNAL);
        if (part <= 0) return 0;
        buffer += part;
        size -= (size_t)part;
    }
    return 1;
}

static char* filled(size_t size) {
    char* buffer = malloc(size);
    if (buffer == NULL) fail("malloc");
    memset(buffer, 1, size);
    return buffer;
}

static void do_not_wait(int socket) {
    const int one = 1;
    if (setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) fail("TCP_NODELAY");
}

static _Noreturn void serve(int port) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    const int one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    const struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (bind(listener, (const struct sockaddr*)&here, sizeof here) != 0 || listen(listener, 8) != 0) fail("bind");
    puts("ready");
    fflush(stdout);
    char* buffer = filled(CHUNK);
    for (;;) {
        const int client = accept(listener, NULL, NULL);
        if (client == -1) fail("accept");
        do_not_wait(client);
        uint64_t sizes[2];
        if (receive(client, (char*)sizes, sizeof sizes)) {
            char* response = filled(sizes[1]);
            while (receive(client, buffer, sizes[0]) && send_all(client, response, sizes[1])) {
            }
            free(response);
        }
        close(client);
    }
}

static int ask(const char* address, int port, size_t request_size, size_t response_size, size_t count) {
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, address, &there.sin_addr) != 1) fail(address);
    if (connect(server, (const struct sockaddr*)&there, sizeof there) != 0) fail("connect");
    do_not_wait(server);
    const uint64_t sizes[2] = {request_size, response_size};
    char* request = filled(request_size);
    char* buffer = filled(CHUNK);
    double* times = calloc(count, sizeof *times);
    if (times == NULL || !send_all(server, (const char*)sizes, sizeof sizes)) fail("send");
    for (size_t i = 0; i < count; ++i) {
        const double began = now();
        if (!send_all(server, request, request_size) || !receive(server, buffer, response_size)) fail("connection");
        times[i] = now() - began;
    }
    qsort(times, count, sizeof *times, compare);
    printf("%.9f\n", times[count / 2]);
    return 0;
}

int main(int argc, char** argv) {
    if (argc == 3 && strcmp(argv[1], "serve") == 0) serve(atoi(argv[2]));
    if (argc == 7 && strcmp(argv[1], "ask") == 0 && atol(argv[6]) > 0) {
        return ask(argv[2], atoi(argv[3]), (size_t)atol(argv[4]), (size_t)atol(argv[5]), (size_t)atol(argv[6]));
    }
    fprintf(stderr, "usage: peer serve PORT | peer ask ADDRESS PORT REQUEST RESPONSE COUNT\n");
    return 2;
}
