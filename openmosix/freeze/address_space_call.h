// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tracee/registers.h"

namespace openmosix {

/// True if a process at the entry of a system call, with these registers, is about to change its mappings, to copy its
/// address space or to replace it (mmap, fork, execve ...), and for every call that is not known.
bool is_address_space_call(const Registers& registers);

}  // namespace openmosix
