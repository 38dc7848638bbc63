// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "abi.h"
#include "image/fields.h"

namespace openmosix {

/// The kernel's page of code for fast system calls in a process (vdso(7)), as it lies there.
struct Vdso {
    /// With the pages of data before it.
    std::uint64_t start = 0;
    std::uint64_t code = 0;
    std::uint64_t end = 0;
    Bytes image;

    /// Of the program that it is for.
    [[nodiscard]] Abi abi() const;
    /// Offsets of its functions in the image.
    [[nodiscard]] std::map<std::string, std::uint64_t> functions() const;
    /// The address of a `syscall` (amd64) or `int $0x80` (i386) instruction.
    [[nodiscard]] std::optional<std::uint64_t> system_call_instruction(Abi abi) const;
    /// What the linker has written into it (ld(1), --build-id); empty when it has none.
    [[nodiscard]] Bytes build_id() const;
    /// The same for every vDSO of one build of the kernel. Its code is no sign of that: the kernel patches it for its
    /// processor (sysenter, rdtscp), so that a 486's differs.
    [[nodiscard]] std::uint64_t hash() const;
    /// Whether code that is another one in a guest (BodyClocks) is running there: anywhere but at the beginning of a
    /// function, where i386 makes its system calls and where signal handlers return.
    [[nodiscard]] bool is_in_clock_code(std::uint64_t instruction_pointer) const;
};

/// None when the process has none.
std::optional<Vdso> read_vdso(pid_t pid);

}  // namespace openmosix
