// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/call_exit.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace openmosix {

namespace {

using Instruction = std::array<std::uint8_t, 2>;
/// int $0x80 and syscall. With sysenter the kernel comes back behind the int $0x80 of the vDSO.
constexpr std::array<Instruction, 2> instructions{{{0xcd, 0x80}, {0x0f, 0x05}}};

}  // namespace

bool is_at_call_exit(const Registers& registers, ProcessMemory& memory) {
    Instruction before{};
    return registers.call_number() >= 0 && memory.read(registers.instruction_pointer() - before.size(), before) &&
           std::ranges::find(instructions, before) != instructions.end();
}

}  // namespace openmosix
