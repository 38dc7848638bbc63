// SPDX-License-Identifier: GPL-2.0-or-later
#include "server_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace clusterdisc {

FileDescriptor connect_datagrams(const in_addr& server, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr = server;
    FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as connect(2) wants it
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (!socket.is_open() || ::connect(socket.number(), generic, sizeof address) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot send to the serving node");
    }
    return socket;
}

}  // namespace clusterdisc
