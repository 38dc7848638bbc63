// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace openmosix {

/// After so long without any sign of life a peer counts as gone.
inline constexpr int milliseconds_until_dead = 10'000;

/// Ignored where there is no such option, as for the socket pairs of tests.
inline void set_option(int socket, int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof value);
}

/// Lets a TCP connection fail when its peer is silent for about milliseconds_until_dead, whether something is to be
/// sent or not (tcp(7)).
inline void end_when_silent(int socket) {
    set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds_until_dead);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 4);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

}  // namespace openmosix
