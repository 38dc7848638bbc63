// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/call_exit.h"

#include <gtest/gtest.h>

#include "calls/guest_body_for_tests.h"
#include "image/fields.h"

namespace openmosix::call_exit_test {
namespace {

constexpr std::uint64_t code = 0x10000;
constexpr std::int64_t write_on_i386 = 4;

/// Whether a process is at a call's exit that stands behind `instruction` in the call of that number.
bool is_at_exit(Abi abi, const Bytes& instruction, std::int64_t call) {
    FakeMemory memory;
    memory.add_page(code);
    EXPECT_TRUE(memory.write(code, instruction));
    Registers registers;
    registers.abi = abi;
    registers.instruction_pointer() = code + instruction.size();
    registers.set_call_number(call);
    return is_at_call_exit(registers, memory);
}

TEST(CallExitTest, IsBehindAnInstructionThatEntersTheKernel) {
    EXPECT_TRUE(is_at_exit(Abi::amd64, {0x0f, 0x05}, 1));
    EXPECT_TRUE(is_at_exit(Abi::i386, {0xcd, 0x80}, write_on_i386));
    // 64-bit programs can make calls of i386, too.
    EXPECT_TRUE(is_at_exit(Abi::amd64, {0xcd, 0x80}, write_on_i386));
    EXPECT_FALSE(is_at_exit(Abi::amd64, {0x0f, 0x05}, -1));
    EXPECT_FALSE(is_at_exit(Abi::i386, {0xcd, 0x80}, -1));
}

TEST(CallExitTest, IsNotAtTheBeginningOfAHandler) {
    // Padding, and the end of another function; the handler's first argument looks like the call's result.
    EXPECT_FALSE(is_at_exit(Abi::i386, {0x66, 0x90}, write_on_i386));
    EXPECT_FALSE(is_at_exit(Abi::i386, {0x5d, 0xc3}, write_on_i386));
}

TEST(CallExitTest, IsNotWhereNothingCanBeRead) {
    FakeMemory memory;
    memory.add_page(code);
    Registers registers;
    for (const std::uint64_t place : {std::uint64_t{0}, std::uint64_t{1}, code, code + 1}) {
        registers.instruction_pointer() = place;
        registers.set_call_number(1);
        EXPECT_FALSE(is_at_call_exit(registers, memory)) << place;
    }
}

}  // namespace
}  // namespace openmosix::call_exit_test
