// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>

namespace openmosix {

/// Returns how many bytes a link carries in a second; 0 if that is not known yet.
using LinkRate = std::function<std::uint64_t()>;

/// Returns what TCP measures of a connected socket: the delivery rate of the last data for which the link was the limit
/// (tcp_info in linux/tcp.h, tcpi_delivery_rate). Not known of what is no TCP connection, and before something was
/// sent.
LinkRate rate_of_connection(int socket);

}  // namespace openmosix
