// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals/signal_frame.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

namespace openmosix {

namespace {

/// Bytes from the stack pointer to the saved instruction pointer. The address of the restorer, which has made the call,
/// is no longer on the stack, and i386's sigreturn has taken the signal's number, too.
std::optional<std::size_t> distance_to_instruction_pointer(const SystemCall& call, Abi abi) {
    // arch/x86/include/uapi/asm/sigcontext.h.
    constexpr std::size_t in_sigcontext_i386 = 56;
    constexpr std::size_t in_sigcontext_amd64 = 128;
    // In struct ucontext: flags, link and alternate stack.
    constexpr std::size_t to_sigcontext_i386 = 20;
    constexpr std::size_t to_sigcontext_amd64 = 40;
    // Signal, two pointers and siginfo_t.
    constexpr std::size_t to_ucontext_i386 = 12 + 128;
    if (call.name == "sigreturn" && abi == Abi::i386) {
        return in_sigcontext_i386;
    }
    if (call.name != "rt_sigreturn") {
        return std::nullopt;
    }
    return abi == Abi::i386 ? to_ucontext_i386 + to_sigcontext_i386 + in_sigcontext_i386
                            : to_sigcontext_amd64 + in_sigcontext_amd64;
}

}  // namespace

std::optional<std::uint64_t> signal_return_place(const SystemCall& call, const Registers& registers,
                                                 ProcessMemory& memory) {
    const auto distance = distance_to_instruction_pointer(call, registers.abi);
    std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
    if (!distance ||
        !memory.read(registers.stack_pointer() + *distance, std::span(bytes).first(word_size(registers.abi)))) {
        return std::nullopt;
    }
    std::uint64_t place = 0;
    std::memcpy(&place, bytes.data(), sizeof place);
    return place;
}

}  // namespace openmosix
