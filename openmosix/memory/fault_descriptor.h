// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "common/file_descriptor.h"
#include "tracee/agent.h"

namespace openmosix {

/// A userfaultfd(2) of a stopped process's memory, ready for use, that also serves faults which the kernel takes for
/// the process. A process without the right to have one is lent /dev/userfaultfd for a moment. Throws
/// std::system_error.
clusterdisc::FileDescriptor make_fault_descriptor(Tracee& tracee, Agent& agent);

}  // namespace openmosix
