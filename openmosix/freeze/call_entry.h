// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "clocks/vdso.h"
#include "tracee/memory_file.h"
#include "tracee/registers.h"

namespace openmosix {

/// The kernel patches the vDSO's way into itself (__kernel_vsyscall of arch/x86/entry/vdso/vdso32/system_call.S) for
/// the processor: `mov %esp, %ebp; sysenter`, `mov %ecx, %ebp; syscall`, or nothing, always before an `int $0x80`. When
/// a frozen i386 process stands between these two instructions, its registers are set back to before both, so that it
/// can go on where something else stands there.
void leave_call_entry(const Vdso& vdso, const MemoryFile& memory, Registers& registers);

}  // namespace openmosix
