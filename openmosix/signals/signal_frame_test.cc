// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals/signal_frame.h"

#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstring>

#include "memory/body_memory.h"
#include "tracee/tracee.h"

namespace openmosix {
namespace {

constexpr int instruction_pointer_index =
#ifdef __x86_64__
    REG_RIP;
constexpr Abi this_abi = Abi::amd64;
#else
    REG_EIP;
constexpr Abi this_abi = Abi::i386;
#endif

void exit_here() {
    ::_exit(0);
}

void go_on_elsewhere(int /*signal*/, siginfo_t* /*info*/, void* context) {
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[instruction_pointer_index] =
        static_cast<greg_t>(reinterpret_cast<std::uintptr_t>(&exit_here));  // NOLINT
}

#ifndef __x86_64__
void go_on_elsewhere_old(int /*signal*/) {
    // Behind the saved frame pointer, the address of the restorer and the signal's number.
    auto* const context = static_cast<std::uint8_t*>(__builtin_frame_address(0)) + 12;
    const auto place = reinterpret_cast<std::uintptr_t>(&exit_here);         // NOLINT
    std::memcpy(context + offsetof(sigcontext, eip), &place, sizeof place);  // NOLINT
}
#endif

/// The place that is found for a child when it returns from a handler that goes on at exit_here().
std::optional<std::uint64_t> found_place(const struct sigaction& action, const std::string& name) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::sigaction(SIGUSR1, &action, nullptr);
        ::raise(SIGSTOP);
        ::raise(SIGUSR1);
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(pid, &status, WUNTRACED);
    Tracee tracee(pid, false);
    tracee.interrupt();
    tracee.wait();
    ::kill(pid, SIGCONT);
    BodyMemory memory(pid);
    std::optional<std::uint64_t> place;
    tracee.run_to_call();
    for (;;) {
        const Stop stop = tracee.wait();
        if (stop.kind == Stop::Kind::ended) {
            EXPECT_EQ(stop.status, 0);
            return place;
        }
        const Registers registers = tracee.registers();
        const SystemCall* call = find_system_call(registers.abi, static_cast<std::uint32_t>(registers.call_number()));
        if (stop.kind == Stop::Kind::call && tracee.is_at_call_entry() && call != nullptr && call->name == name) {
            place = signal_return_place(*call, registers, memory);
        }
        tracee.run_to_call(stop.kind == Stop::Kind::signal ? stop.signal : 0);
    }
}

TEST(SignalFrameTest, SaysWhereAProcessGoesOn) {
    struct sigaction action {};
    action.sa_sigaction = go_on_elsewhere;
    action.sa_flags = SA_SIGINFO;
    EXPECT_EQ(found_place(action, "rt_sigreturn"), reinterpret_cast<std::uintptr_t>(&exit_here));  // NOLINT
}

#ifndef __x86_64__
TEST(SignalFrameTest, SaysWhereAProcessGoesOnWithAnOldFrame) {
    struct sigaction action {};
    action.sa_handler = go_on_elsewhere_old;
    EXPECT_EQ(found_place(action, "sigreturn"), reinterpret_cast<std::uintptr_t>(&exit_here));  // NOLINT
}
#endif

/// The place that is found for a process whose stack pointer is 0 and that makes this call.
std::optional<std::uint64_t> place_without_stack(std::uint32_t number) {
    Registers registers;
    registers.abi = this_abi;
    BodyMemory memory(::getpid());
    return signal_return_place(*find_system_call(this_abi, number), registers, memory);
}

TEST(SignalFrameTest, IsNotThatOfAnotherCall) {
    EXPECT_EQ(place_without_stack(SYS_getpid), std::nullopt);
}

TEST(SignalFrameTest, IsNotWhereThereIsNoMemory) {
    EXPECT_EQ(place_without_stack(SYS_rt_sigreturn), std::nullopt);
}

}  // namespace
}  // namespace openmosix
