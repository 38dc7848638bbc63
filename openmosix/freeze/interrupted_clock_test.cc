// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/interrupted_clock.h"

#include <gtest/gtest.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>

namespace openmosix {
namespace {

constexpr std::uint64_t clock_code = 0x7f001000;
constexpr std::uint64_t code_segment = 0x33;

Vdso vdso() {
    Vdso vdso;
    vdso.start = vdso.code = clock_code;
    vdso.image = Bytes(4096);
    vdso.end = clock_code + vdso.image.size();
    return vdso;
}

/// Whether a process is found to have interrupted a clock that has this stack.
template <typename Word, std::size_t count>
bool is_found(const std::array<Word, count>& stack, Abi abi) {
    Registers registers;
    registers.abi = abi;
    registers.stack_pointer() = reinterpret_cast<std::uintptr_t>(stack.data());  // NOLINT
    registers.words.at(abi == Abi::i386 ? 13 : 17) = code_segment;
    return has_interrupted_clock(MemoryFile(::getpid()), registers, vdso());
}

#ifdef __x86_64__
TEST(InterruptedClockTest, IsFoundInAFrameOfAmd64) {
    std::array<std::uint64_t, 64> stack{};
    EXPECT_FALSE(is_found(stack, Abi::amd64));
    stack[20] = clock_code + 100;
    EXPECT_FALSE(is_found(stack, Abi::amd64)) << "an address is no frame";
    stack[22] = code_segment | 0x2bULL << 48U;
    EXPECT_TRUE(is_found(stack, Abi::amd64));
    stack[20] = clock_code + 4096;
    EXPECT_FALSE(is_found(stack, Abi::amd64)) << "behind the code";
}

int found = -1;

void look(int /*signal*/, siginfo_t* /*info*/, void* context) {
    auto* frame = static_cast<ucontext_t*>(context);
    Registers registers;
    registers.abi = Abi::amd64;
    registers.stack_pointer() = reinterpret_cast<std::uintptr_t>(context);  // NOLINT
    registers.words.at(17) = static_cast<std::uint64_t>(frame->uc_mcontext.gregs[REG_CSGSFS]) & 0xffffU;
    Vdso where;
    where.start = where.code = static_cast<std::uint64_t>(frame->uc_mcontext.gregs[REG_RIP]);
    where.end = where.code + 1;
    found = has_interrupted_clock(MemoryFile(::getpid()), registers, where) ? 1 : 0;
}

TEST(InterruptedClockTest, KnowsTheFramesOfThisKernel) {
    struct sigaction action {};
    struct sigaction before {};
    action.sa_sigaction = look;
    action.sa_flags = SA_SIGINFO;
    ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
    ::raise(SIGUSR1);
    ::sigaction(SIGUSR1, &before, nullptr);
    EXPECT_EQ(found, 1);
}
#endif

TEST(InterruptedClockTest, IsFoundInAFrameOfI386) {
    std::array<std::uint32_t, 64> stack{};
    EXPECT_FALSE(is_found(stack, Abi::i386));
    stack[20] = static_cast<std::uint32_t>(clock_code) + 100;
    EXPECT_FALSE(is_found(stack, Abi::i386));
    stack[21] = code_segment;
    EXPECT_TRUE(is_found(stack, Abi::i386));
}

}  // namespace
}  // namespace openmosix
