// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <span>
#include <vector>

#include "abi.h"
#include "tracee/agent.h"

namespace openmosix {

/// What a signal is about, as this kernel has it.
std::vector<std::uint8_t> to_bytes(const siginfo_t& info);
/// The other way round; what is missing is zero, and what is too much is left out.
siginfo_t signal_info_from(std::span<const std::uint8_t> bytes);

/// What a signal is about, as a program of this ABI gives it to rt_tgsigqueueinfo(2): for a 32-bit program under an
/// amd64 kernel struct compat_siginfo (include/linux/compat.h), with the parts that kernel/signal.c,
/// siginfo_layout(), says it has.
std::vector<std::uint8_t> signal_info_for(Abi abi, const siginfo_t& info);

/// The signals that wait for a stopped traced process, oldest first (ptrace(2), PTRACE_PEEKSIGINFO); they go on
/// waiting. std::system_error when it is gone.
std::vector<siginfo_t> waiting_signals(pid_t pid);

/// Stops a stopped traced process by SIGSTOP again, which was kept from it, unless SIGCONT has come meanwhile.
void stop_again(pid_t pid);

/// Makes signals pending for the agent's process, in this order and each with its siginfo: the process sends them to
/// itself, as the kernel believes a sender only who speaks of itself (kernel/signal.c, do_rt_tgsigqueueinfo()).
void queue_signals(Agent& agent, std::span<const siginfo_t> signals);

}  // namespace openmosix
