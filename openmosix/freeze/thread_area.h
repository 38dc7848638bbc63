// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <vector>

#include "abi.h"
#include "image/fields.h"

namespace openmosix {

/// The descriptors of set_thread_area(2) that an i386 process has in use, where its thread-local storage is: struct
/// user_desc, 16 bytes each, with the number of their entry, which differs between i386 and amd64 kernels. None for
/// an amd64 process. Throws std::system_error.
std::vector<Bytes> read_thread_areas(pid_t pid, Abi abi);
void write_thread_areas(pid_t pid, const std::vector<Bytes>& segments);

}  // namespace openmosix
