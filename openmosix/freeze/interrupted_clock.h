// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "clocks/vdso.h"
#include "tracee/memory_file.h"
#include "tracee/registers.h"

namespace openmosix {

/// Whether a frozen process is in a signal handler that has interrupted the vDSO's clock code: it would return to where
/// other code is when it runs as a guest (BodyClocks). Looks for the frame near the top of the stack; what a
/// frame has left behind there may look the same.
bool has_interrupted_clock(const MemoryFile& memory, const Registers& registers, const Vdso& vdso);

}  // namespace openmosix
