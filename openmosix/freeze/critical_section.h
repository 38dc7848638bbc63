// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tracee/memory_file.h"
#include "tracee/registers.h"

namespace openmosix {

/// When a frozen process stands in a restartable sequence (rseq(2)) its registers are set to the sequence's abort
/// handler, as the kernel does when it moves a thread to another CPU. Must come before any code of ours runs in the
/// process, as the kernel then forgets the sequence.
void leave_critical_section(const MemoryFile& memory, pid_t pid, Registers& registers);

}  // namespace openmosix
