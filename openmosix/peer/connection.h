// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/address.h"
#include "common/file_descriptor.h"

namespace openmosix {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline in_seconds(int seconds) {
    return std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
}

/// A TCP connection to a numeric IPv4 or IPv6 address, from a port below 1024 (reserved_ports.h). Throws
/// std::runtime_error that names the address.
clusterdisc::FileDescriptor connect_to(const std::string& address, std::uint16_t port, Deadline deadline);

/// A listening socket at the local address of a connection, at one of the ports below 1024 (reserved_ports.h).
class SecondDoor {
public:
    /// `connection` must stay open as long as accept() is called.
    explicit SecondDoor(int connection);
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// The first connection that comes from the same address as the one this was made for and from a port below 1024;
    /// others are closed. Throws std::runtime_error when none comes, and when the one this was made for ends.
    [[nodiscard]] clusterdisc::FileDescriptor accept(Deadline deadline) const;

private:
    int connection_;
    clusterdisc::FileDescriptor socket_;
    clusterdisc::IpAddress peer_;
    std::uint16_t port_ = 0;
};

/// Little is kept in the kernel before it goes out, so that what is urgent does not wait long; and an end that only
/// receives notices, too, that the other one is gone.
void prepare_page_connection(int socket);

}  // namespace openmosix
