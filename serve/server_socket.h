// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>

#include <cstdint>

#include "common/file_descriptor.h"

namespace clusterdisc {

/// Returns a UDP socket at which only what comes from this address and port arrives. Throws std::system_error.
FileDescriptor connect_datagrams(const in_addr& server, std::uint16_t port);

}  // namespace clusterdisc
