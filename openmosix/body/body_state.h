// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "image/process_image.h"
#include "tracee/agent.h"

namespace openmosix {

/// Gives a process the state that its kernel keeps for it: the addresses of its parts, its name, its personality, what
/// signals do, its thread's addresses and timers. With its address space already made; its registers come later
/// (set_thread_state), and restartable sequences, too. Throws std::system_error that names what failed.
void set_kernel_state(Agent& agent, const ProcessImage& image);

/// Registers what the image says about rseq(2), if anything. From then on the kernel can send the process to an address
/// of the program's choice even while the agent's code runs, so in a body this comes when it has no rights any more and
/// its filter is in place. Throws std::system_error.
void set_restartable_sequences(Agent& agent, const ImageThread& thread);

/// The parts' addresses alone, and as its program, which /proc/PID/exe shows, what it has open as `program`; -1: leave
/// it. The latter needs CAP_CHECKPOINT_RESTORE, and that the program until then is not mapped any more.
void set_layout(Agent& agent, const ImageLayout& layout, int program = -1);

/// What signals do: these actions, and the default for all others that are caught or ignored now.
void set_actions(Tracee& tracee, Agent& agent, const std::vector<ImageAction>& actions);

/// Starts the timers of processor time again, which gather_image() has stopped.
void start_timers(Agent& agent, const ImageThread& thread);

/// Registers, floating point, segments and signal mask. The process must stand before the delivery of a signal.
void set_thread_state(Tracee& tracee, const ProcessImage& image);

/// Registers or unregisters what is registered according to the image (rseq(2)).
InjectedCall rseq_call(Abi abi, const ImageThread& thread, bool registers);

}  // namespace openmosix
