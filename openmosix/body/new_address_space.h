// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <vector>

#include "tracee/agent.h"

namespace openmosix {

/// The call that maps the agent's area where an image says it is, in a process that has nothing there.
InjectedCall agent_area_mapping(Abi abi, std::uint64_t address);

/// Unmaps all of a process's address space but the agent's area and the kernel's own pages.
void clear_address_space(Agent& agent, pid_t pid);

/// Makes these calls of mmap(2), which must not replace anything: where an image's ranges hit what is there already, it
/// is wrong. Throws std::system_error.
void map_new(Agent& agent, std::vector<InjectedCall> maps);

}  // namespace openmosix
