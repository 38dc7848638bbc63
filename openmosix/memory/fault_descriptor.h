// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "common/file_descriptor.h"
#include "tracee/agent.h"
#include "tracee/memory_file.h"

namespace openmosix {

/// A userfaultfd(2) of a stopped process's memory, ready for use, that also serves faults which the kernel takes for
/// the process. Closed when the kernel refuses something that it takes, such as one more process or open file; why is
/// in the log. The process's own descriptors stay as they are and are not used.
clusterdisc::FileDescriptor make_fault_descriptor(Tracee& tracee, Agent& agent, const MemoryFile& memory);

}  // namespace openmosix
