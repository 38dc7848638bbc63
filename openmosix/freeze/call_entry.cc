// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/call_entry.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace openmosix {

namespace {

constexpr std::size_t move_size = 2;
using Entry = std::array<std::uint8_t, 4>;
/// mov %esp, %ebp; sysenter and mov %ecx, %ebp; syscall.
constexpr std::array<Entry, 2> entries{{{0x89, 0xe5, 0x0f, 0x34}, {0x89, 0xcd, 0x0f, 0x05}}};
/// Of user_regs_struct on i386.
constexpr std::size_t ebp = 5;

bool stands_within_entry(const Vdso& vdso, std::uint64_t instruction_pointer) {
    if (instruction_pointer < vdso.code + move_size ||
        instruction_pointer - vdso.code > vdso.image.size() - std::min(vdso.image.size(), move_size)) {
        return false;
    }
    const auto start = static_cast<std::size_t>(instruction_pointer - vdso.code) - move_size;
    const auto code = std::span(vdso.image).subspan(start, std::tuple_size_v<Entry>);
    return std::ranges::any_of(entries, [&](const Entry& entry) { return std::ranges::equal(code, entry); });
}

}  // namespace

void leave_call_entry(const Vdso& vdso, const MemoryFile& memory, Registers& registers) {
    if (registers.abi != Abi::i386 || !stands_within_entry(vdso, registers.instruction_pointer())) {
        return;
    }
    // The function has pushed it last.
    std::array<std::uint8_t, 4> pushed{};
    if (!memory.read(registers.stack_pointer(), pushed)) {
        return;
    }
    registers.words.at(ebp) =
        pushed[0] | std::uint64_t{pushed[1]} << 8U | std::uint64_t{pushed[2]} << 16U | std::uint64_t{pushed[3]} << 24U;
    registers.instruction_pointer() -= move_size;
}

}  // namespace openmosix
