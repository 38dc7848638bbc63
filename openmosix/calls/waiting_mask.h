// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "abi.h"
#include "calls/process_memory.h"

namespace openmosix {

/// The signals that are blocked while a call waits, for the calls that say so
/// (ppoll, pselect6, epoll_pwait, rt_sigsuspend and their variants); none for
/// others, and when it names none or it cannot be read.
std::optional<std::uint64_t> waiting_mask(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments,
                                          ProcessMemory& memory);

/// True if the call takes pending signals or waits with another mask than the program's: it decides itself which
/// signals end it, so none may be delivered before the kernel has entered it.
bool waits_for_signals(Abi abi, std::uint32_t number);

}  // namespace openmosix
