// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include "common/file_descriptor.h"

namespace openmosix {

/// A duplicate of what is now file descriptor `number` of a process that we may trace (pidfd_getfd(2)), without opening
/// anything anew. Whoever shares the process's descriptors can put another file in its place beforehand, so the caller
/// must look at what it got. Throws std::system_error.
clusterdisc::FileDescriptor take_descriptor(pid_t pid, int number);

}  // namespace openmosix
