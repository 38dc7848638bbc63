// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "tracee/tracee.h"

namespace openmosix {

/// True if the registers are those of a process in a system call that was interrupted and is not done: the result says
/// so (ERESTARTSYS to ERESTART_RESTARTBLOCK).
bool is_interrupted_call(const Registers& registers);

/// True if the registers are those of a process that was stopped while it waited in a call: an interrupted one, or one
/// of those that would return EINTR now (signal(7), "Interruption of system calls and library functions by stop
/// signals").
bool is_waiting_call(const Registers& registers);

/// True if both are registers of the same call, or of one that is made from the same place with the same arguments.
bool is_same_call(const Registers& one, const Registers& other);

/// The signals that are blocked while the call waits in which a process was stopped (waiting_mask()).
std::optional<std::uint64_t> mask_of_waiting_call(const Tracee& tracee, const Registers& registers);

/// Makes the kernel enter the interrupted call of a ptrace-stopped process again. All signals are blocked until it has,
/// so that none is delivered between the interruption and the call, where its handler would run as if the call had not
/// been made. Afterwards the process is ptrace-stopped at the entry of the call, with its own signal mask. False if it
/// ended.
bool reenter_call(Tracee& tracee, const Registers& registers);

/// The same for a process that is about to go on from where it was stopped, if its call waits with a signal mask of its
/// own (ppoll(2)): that mask is only in force within the call, so that signals which it blocks would be taken before
/// it, and end it. Does nothing otherwise.
bool reenter_masked_call(Tracee& tracee);

}  // namespace openmosix
