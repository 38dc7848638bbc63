// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tracee/registers.h"

namespace openmosix {

/// Where a call may write with which home's kernel goes on by itself (restart_syscall(2)): it knows the program's own
/// addresses, which are not where the program is.
struct RestartedOutput {
    std::uint64_t address = 0;
    std::size_t size = 0;

    /// True if these bytes are all in it.
    [[nodiscard]] bool contains(std::uint64_t start, std::size_t length) const {
        return start >= address && length <= size && start - address <= size - length;
    }
};

/// Returns all that the call of these registers may write to. A process that was interrupted before is in
/// restart_syscall(2), and its registers do not say which call that goes on with: these are the outputs of each that it
/// can be (nanosleep, clock_nanosleep, poll; the kernel's other one, futex, has none).
std::vector<RestartedOutput> find_restarted_outputs(const Registers& registers);

}  // namespace openmosix
