// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include "cpu/extended_state.h"

namespace openmosix {

/// Of a stopped traced process, whatever this processor and kernel have: XSAVE's image, FXSAVE's or FSAVE's. Throw
/// std::system_error, with ESRCH when the process is not stopped, and std::runtime_error when this processor or kernel
/// lacks what the state needs; write_extended_state() has changed nothing then.
ExtendedState read_extended_state(pid_t pid);
void write_extended_state(pid_t pid, const ExtendedState& state);

}  // namespace openmosix
