// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "abi.h"

namespace openmosix {

/// What a stop for a call of another ABI says (PTRACE_GETEVENTMSG); 0 for the body's own.
inline constexpr std::uint32_t call_of_other_abi = 1;

/// What the body's kernel may do by itself: `local` numbers, futexes without priority inheritance, and reading the
/// clocks that a time namespace shifts. All else stops the body for its supervisor (SECCOMP_RET_TRACE), calls of
/// another ABI too; without a supervisor it fails.
std::vector<sock_filter> call_filter(Abi abi, const std::vector<std::uint32_t>& local);

}  // namespace openmosix
