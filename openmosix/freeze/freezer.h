// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>

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
    /// It goes on, as it reads clocks or takes signals all the time; try again.
    busy,
};

/// True for the registers at the entry of a system call that the process must not make before it is frozen.
using HeldBack = std::function<bool(const Registers&)>;

/// Stops a traced process at home, running or not, where its state can be taken: not inside the vDSO's clock functions,
/// whose code differs where it runs as a guest. Signals that come first are delivered. With `held_back`, a process that
/// last resumed by Tracee::run_to_call() makes none of these calls: it is frozen before it, or goes on to stop at calls
/// when the result is `busy`.
Frozen freeze(Tracee& tracee, const Vdso& vdso, const HeldBack& held_back = {});

/// Gives a process in any ptrace-stop these registers, and stops it before the kernel looks there whether it has to
/// restart a system call (arch/x86/kernel/signal.c, arch_do_signal_or_restart()). Returns false when it has ended.
bool settle(Tracee& tracee, const Registers& registers);

/// Arranges, before a process resumes from `stop`, that the kernel restarts the system call that our stop has
/// interrupted, unless a handler runs first. Signals that do nothing, but are shown to the tracer, interrupt calls,
/// too. A program sees an interruption only in calls that end with EINTR (signal(7), "Interruption of system calls and
/// library functions by stop signals"). To leave that to the kernel is the only way: a signal may come at any moment.
void hide_interruption(Tracee& tracee, const Stop& stop);

/// Detaches from a process, running or not, so that it does not notice (PTRACE_DETACH). Throws std::system_error when
/// it is gone.
void let_go(Tracee& tracee);

/// The registers of a frozen process, such that they can be used elsewhere: of an interrupted call they say how any
/// kernel restarts it. `waits` is set when only the kernel here can (ERESTART_RESTARTBLOCK: it has the remaining time).
Registers movable_registers(const Tracee& tracee, bool& waits);

}  // namespace openmosix
