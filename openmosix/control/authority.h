// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <string>

#include "control/requester.h"
#include "procfs/process_status.h"

namespace openmosix {

/// True if the process's memory is closed to its owner: PR_SET_DUMPABLE in prctl(2), which also set-user-id and
/// set-group-id programs and those that may be executed but not read have. True also when there is no such process.
bool is_closed_to_owner(pid_t pid, uid_t owner);

/// Why the requester may not move the process, or write its memory to a file; empty when they may. Who controls the
/// node that a process is on controls the process, so the rule is that of ptrace(2), only stricter: root may; others
/// may when the process has no rights that they lack, which is when all its ids are theirs, its supplementary groups
/// are among theirs, it has no capabilities, and they may see its memory.
std::string objection_to(const Requester& requester, const ProcessStatus& process, bool is_closed);

/// The same for a process that is there. Throws no_such_process().
std::string objection_to(const Requester& requester, pid_t pid);

}  // namespace openmosix
