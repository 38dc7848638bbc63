// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "common/file_descriptor.h"

namespace openmosix {

/// As send(2) with MSG_NOSIGNAL over a socket of AF_UNIX; with the first byte an open descriptor goes (unix(7),
/// SCM_RIGHTS), unless it is -1.
ssize_t send_with_descriptor(int socket, std::string_view bytes, int descriptor);

/// As recv(2) with MSG_DONTWAIT. A descriptor that comes, too, takes the place of `descriptor`; of several one does.
ssize_t receive_with_descriptor(int socket, std::span<char> bytes, clusterdisc::FileDescriptor& descriptor);

}  // namespace openmosix
