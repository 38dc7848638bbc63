// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tracee/tracee.h"

namespace openmosix {

/// True if the registers are those of a process in a system call that was interrupted and is not done: the result says
/// so (ERESTARTSYS to ERESTART_RESTARTBLOCK).
bool is_interrupted_call(const Registers& registers);

/// True if the registers are those of a process that was stopped while it waited in a call: an interrupted one, or one
/// of those that would return EINTR now (signal(7), "Interruption of system calls and library functions by stop
/// signals").
bool is_waiting_call(const Registers& registers);

/// Makes the kernel enter the interrupted call of a ptrace-stopped process again. All signals are blocked until it has,
/// so that none is delivered between the interruption and the call, where its handler would run as if the call had not
/// been made. Afterwards the process is ptrace-stopped at the entry of the call, with its own signal mask. False if it
/// ended.
bool reenter_call(Tracee& tracee, const Registers& registers);

}  // namespace openmosix
