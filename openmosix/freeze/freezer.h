// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "clocks/vdso.h"
#include "tracee/tracee.h"

namespace openmosix {

/// How freezing a process came out.
enum class Frozen : std::uint8_t {
    yes,
    /// It has ended.
    ended,
    /// It is stopped by a signal (SIGSTOP, job control).
    stopped,
    /// It reads clocks all the time; try again.
    busy,
};

/// Makes a traced process at home, running or not, stand where its state can be taken: not inside the kernel's own code
/// that reads clocks, which differs where it runs as a guest. Signals that come first are delivered.
Frozen freeze(Tracee& tracee, const Vdso& vdso);

/// Makes a process that stands anywhere stand before the kernel's look at what the registers say about an interrupted
/// system call (arch/x86/kernel/signal.c, arch_do_signal_or_restart()), with these registers. False when it ended.
bool settle(Tracee& tracee, const Registers& registers);

/// Of a process that stands at `stop`, before it goes on: what we do interrupts calls, and so do signals that do
/// nothing but are shown to whoever traces the process. A program sees that only of calls that end with EINTR
/// (signal(7), "Interruption of system calls by stop signals"); those too are made again now by the kernel, unless a
/// handler runs first. To leave that to the kernel is the only way: a signal may come at any moment.
void hide_interruption(Tracee& tracee, const Stop& stop);

/// Ends the tracing of a process, running or not, unseen. std::system_error when it is gone.
void let_go(Tracee& tracee);

/// The registers of a frozen process, such that they can be used elsewhere: of an interrupted call they say how any
/// kernel goes on with it. `waits`: only the kernel here knows (ERESTART_RESTARTBLOCK: a time that is left).
Registers movable_registers(const Tracee& tracee, bool& waits);

}  // namespace openmosix
