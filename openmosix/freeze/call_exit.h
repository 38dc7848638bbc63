// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "calls/process_memory.h"
#include "tracee/registers.h"

namespace openmosix {

/// True if a stopped process with these registers has just left a system call, so that the result register holds the
/// call's result: the instruction before is the one that enters the kernel, as the kernel itself takes for granted when
/// it makes a call again (arch_do_signal_or_restart() of arch/x86/kernel/signal.c). A process that stands before the
/// first instruction of a signal handler still has the number of the call that the signal has interrupted, but its
/// result register holds an argument of the handler: on i386 the signal's number (setup_frame32() of
/// arch/x86/kernel/signal_32.c). Wrong of a handler that begins directly behind such an instruction.
bool is_at_call_exit(const Registers& registers, ProcessMemory& memory);

}  // namespace openmosix
