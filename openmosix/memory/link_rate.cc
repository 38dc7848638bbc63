// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory/link_rate.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace openmosix {

LinkRate rate_of_connection(int socket) {
    return [socket]() -> std::uint64_t {
        tcp_info info{};
        socklen_t size = sizeof info;
        constexpr std::size_t wanted = offsetof(tcp_info, tcpi_delivery_rate) + sizeof(info.tcpi_delivery_rate);
        const bool is_told = ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && size >= wanted;
        return is_told ? info.tcpi_delivery_rate : 0;
    };
}

}  // namespace openmosix
