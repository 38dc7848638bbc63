// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tracee/registers.h"

namespace openmosix {

/// Where a call writes with which home's kernel goes on by itself (restart_syscall(2)): it knows the program's own
/// addresses, which are not where the program is.
struct RestartedOutput {
    std::uint64_t address = 0;
    std::size_t size = 0;
    /// Only when the call is interrupted: the time that is left.
    bool is_rest = false;
};

/// None when the call in which the registers stand writes nothing, or is none that is restarted so.
std::optional<RestartedOutput> find_restarted_output(const Registers& registers);

}  // namespace openmosix
