// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "calls/process_memory.h"
#include "calls/system_call_table.h"
#include "tracee/registers.h"

namespace openmosix {

/// Returns where a process continues after the sigreturn(2) or rt_sigreturn(2) that it makes with these registers: the
/// instruction pointer in its signal frame (arch/x86/kernel/signal_32.c and signal_64.c, struct sigframe_ia32 and
/// struct rt_sigframe). None when it is another call, or when there is no memory.
std::optional<std::uint64_t> signal_return_place(const SystemCall& call, const Registers& registers,
                                                 ProcessMemory& memory);

}  // namespace openmosix
