// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/call_entry.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace openmosix {
namespace {

constexpr std::uint64_t code_start = 0xb7f01000;
constexpr std::size_t ebp = 5;

Vdso vdso_with(const Bytes& entry) {
    Vdso vdso;
    vdso.start = vdso.code = code_start;
    // push %ecx; push %edx; push %ebp; ...; int $0x80
    vdso.image = {0x51, 0x52, 0x55};
    vdso.image.insert(vdso.image.end(), entry.begin(), entry.end());
    vdso.image.push_back(0xcd);
    vdso.image.push_back(0x80);
    vdso.end = code_start + vdso.image.size();
    return vdso;
}

class CallEntryTest : public testing::Test {
protected:
    /// Where a process that stands at `offset` in the vDSO goes on.
    Registers leave(const Vdso& vdso, std::uint64_t offset, Abi abi = Abi::i386) {
        Registers registers;
        registers.abi = abi;
        registers.instruction_pointer() = code_start + offset;
        registers.stack_pointer() = reinterpret_cast<std::uintptr_t>(stack_.data());  // NOLINT
        registers.words.at(ebp) = 7;
        leave_call_entry(vdso, MemoryFile(::getpid()), registers);
        return registers;
    }

    /// ebp, edx, ecx.
    std::array<std::uint32_t, 3> stack_{0x98765432, 2, 3};
};

TEST_F(CallEntryTest, GoesBackToBeforeBothInstructions) {
    for (const Bytes& entry : {Bytes{0x89, 0xe5, 0x0f, 0x34}, Bytes{0x89, 0xcd, 0x0f, 0x05}}) {
        const Registers registers = leave(vdso_with(entry), 5);
        EXPECT_EQ(registers.instruction_pointer(), code_start + 3);
        EXPECT_EQ(registers.words.at(ebp), 0x98765432U);
    }
}

TEST_F(CallEntryTest, LeavesEverythingElseAsItIs) {
    const Vdso sysenter = vdso_with({0x89, 0xe5, 0x0f, 0x34});
    for (const std::uint64_t offset : {0U, 1U, 2U, 3U, 4U, 6U, 7U, 8U, 9U, 10U, 100U}) {
        const Registers registers = leave(sysenter, offset);
        EXPECT_EQ(registers.instruction_pointer(), code_start + offset);
        EXPECT_EQ(registers.words.at(ebp), 7U);
    }
    const Vdso of_486 = vdso_with({0x8d, 0x74, 0x26, 0x00});
    EXPECT_EQ(leave(of_486, 5).instruction_pointer(), code_start + 5);
    EXPECT_EQ(leave(sysenter, 5, Abi::amd64).words.at(ebp), 7U);
    EXPECT_EQ(leave(Vdso{}, 5).words.at(ebp), 7U);
}

}  // namespace
}  // namespace openmosix
