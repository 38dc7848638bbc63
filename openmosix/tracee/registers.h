// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "abi.h"

namespace openmosix {

/// The general registers of a process, in the order of the kernel's user_regs_struct of its ABI (i386: 17 words of
/// four bytes, amd64: 27 of eight; arch/x86/include/asm/user_{32,64}.h), each widened to eight bytes.
struct Registers {
    Abi abi = Abi::amd64;
    std::array<std::uint64_t, 27> words{};

    static void fields(auto& self, auto&& visit) {
        visit("abi", self.abi);
        visit("words", self.words);
    }

    [[nodiscard]] constexpr std::size_t count() const { return abi == Abi::i386 ? 17 : 27; }

    /// Where system calls take their number and leave their result.
    [[nodiscard]] std::uint64_t& accumulator() { return words[abi == Abi::i386 ? 6 : 10]; }
    [[nodiscard]] std::uint64_t accumulator() const { return words[abi == Abi::i386 ? 6 : 10]; }
    /// The number of the system call that it is in; -1, in the width of the ABI, outside of one.
    [[nodiscard]] std::uint64_t& original_accumulator() { return words[abi == Abi::i386 ? 11 : 15]; }
    [[nodiscard]] std::uint64_t original_accumulator() const { return words[abi == Abi::i386 ? 11 : 15]; }
    [[nodiscard]] std::uint64_t& instruction_pointer() { return words[abi == Abi::i386 ? 12 : 16]; }
    [[nodiscard]] std::uint64_t instruction_pointer() const { return words[abi == Abi::i386 ? 12 : 16]; }
    [[nodiscard]] std::uint64_t& stack_pointer() { return words[abi == Abi::i386 ? 15 : 19]; }
    [[nodiscard]] std::uint64_t stack_pointer() const { return words[abi == Abi::i386 ? 15 : 19]; }
    [[nodiscard]] std::uint64_t flags() const { return words[abi == Abi::i386 ? 14 : 18]; }
    /// amd64 only: where thread-local storage is.
    [[nodiscard]] std::uint64_t thread_pointer() const { return abi == Abi::i386 ? 0 : words[21]; }

    /// The argument of a system call, 0 to 5.
    [[nodiscard]] std::uint64_t& argument(std::size_t index) { return words[argument_place(index)]; }
    [[nodiscard]] std::uint64_t argument(std::size_t index) const { return words[argument_place(index)]; }
    [[nodiscard]] std::array<std::uint64_t, 6> arguments() const {
        return {argument(0), argument(1), argument(2), argument(3), argument(4), argument(5)};
    }

    /// The result of a system call, sign extended.
    [[nodiscard]] std::int64_t result() const { return extend(accumulator()); }
    void set_result(std::int64_t value) { accumulator() = cut(value); }
    /// -1 outside of a system call.
    [[nodiscard]] std::int64_t call_number() const { return extend(original_accumulator()); }
    void set_call_number(std::int64_t number) { original_accumulator() = cut(number); }

    /// After this the kernel does not restart an interrupted call by itself.
    void forget_call() { set_call_number(-1); }
    /// Makes the process do its interrupted system call again, from the instruction on: both ABIs' instructions for it
    /// (syscall, int $0x80) are two bytes long, and behind i386's sysenter the kernel returns to an int $0x80.
    void repeat_call(std::int64_t number) {
        accumulator() = cut(number);
        instruction_pointer() -= 2;
        forget_call();
    }

private:
    [[nodiscard]] constexpr std::size_t argument_place(std::size_t index) const {
        constexpr std::array<std::size_t, 6> of_i386{0, 1, 2, 3, 4, 5};
        constexpr std::array<std::size_t, 6> of_amd64{14, 13, 12, 7, 9, 8};
        return abi == Abi::i386 ? of_i386.at(index) : of_amd64.at(index);
    }
    [[nodiscard]] std::int64_t extend(std::uint64_t value) const {
        return abi == Abi::i386 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value))
                                : static_cast<std::int64_t>(value);
    }
    [[nodiscard]] std::uint64_t cut(std::int64_t value) const {
        return abi == Abi::i386 ? static_cast<std::uint32_t>(value) : static_cast<std::uint64_t>(value);
    }
};

}  // namespace openmosix
