// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer/reserved_ports.h"

#include <sodium.h>

#include <algorithm>
#include <cstddef>

namespace openmosix {

std::vector<std::uint16_t> peer_ports(std::uint32_t start) {
    std::vector<std::uint16_t> ports;
    for (std::uint16_t port = first_peer_port; port <= last_peer_port; ++port) {
        if (std::ranges::find(other_services, port) == other_services.end()) {
            ports.push_back(port);
        }
    }
    std::rotate(ports.begin(), ports.begin() + static_cast<std::ptrdiff_t>(start % ports.size()), ports.end());
    return ports;
}

std::vector<std::uint16_t> peer_ports_at_random() {
    return peer_ports(::randombytes_random());
}

}  // namespace openmosix
