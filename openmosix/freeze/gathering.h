// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "freeze/known_attributes.h"
#include "image/process_image.h"
#include "tracee/agent.h"

namespace openmosix {

/// Everything that a frozen process's image says, read from /proc, by ptrace(2) and by calls that its agent makes.
/// `frozen` are its registers where it was frozen. Changes nothing in the process but that its timers of processor time
/// stand still until start_timers(), or what ends while its state is taken would tick twice. The attributes of its
/// mappings are read where they are not `known`. Throws std::runtime_error and std::system_error.
ProcessImage gather_image(Tracee& tracee, Agent& agent, const Registers& frozen, KnownAttributes known);

/// The address space alone: without the kernel's pages and without the agent's area.
std::vector<ImageRange> gather_ranges(pid_t pid, std::uint64_t agent_address, KnownAttributes known);

/// Signals that are caught (`caught`) or ignored (`ignored`), as bits.
struct SignalDispositions {
    std::uint64_t caught = 0;
    std::uint64_t ignored = 0;
    /// That wait for the thread and for the process.
    std::uint64_t pending = 0;
    /// Now, as opposed to what the mask will be again after a call that has put another in its place (sigsuspend(2)).
    std::uint64_t blocked = 0;

    [[nodiscard]] bool catches(int signal) const { return (caught >> static_cast<unsigned>(signal - 1) & 1U) != 0; }
    /// Those that come before the next instruction.
    [[nodiscard]] std::uint64_t coming() const { return pending & ~blocked; }
};
SignalDispositions read_dispositions(pid_t pid);

}  // namespace openmosix
