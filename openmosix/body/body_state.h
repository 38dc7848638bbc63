// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "image/process_image.h"
#include "tracee/agent.h"

namespace openmosix {

/// Gives a process the state that its kernel keeps for it: the addresses of its parts, its name, what signals do, its
/// thread's addresses and timers. With its address space already made; its registers come later (set_thread_state).
/// Throws std::system_error that names what failed.
void set_kernel_state(Agent& agent, const ProcessImage& image);

/// The parts' addresses alone, and as its program, which /proc/PID/exe shows, what it has open as `program`; -1: leave
/// it. The latter needs CAP_CHECKPOINT_RESTORE, and that the program until then is not mapped any more.
void set_layout(Agent& agent, const ImageLayout& layout, int program = -1);

/// What signals do: these actions, and the default for all others that are caught or ignored now.
void set_actions(Tracee& tracee, Agent& agent, const std::vector<ImageAction>& actions);

/// Registers, floating point, segments and signal mask. The process must stand before the delivery of a signal.
void set_thread_state(Tracee& tracee, const ProcessImage& image);

/// Registers or unregisters what is registered according to the image (rseq(2)).
InjectedCall rseq_call(Abi abi, const ImageThread& thread, bool registers);

}  // namespace openmosix
