// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tracee/agent_area.h"
#include "tracee/memory_file.h"
#include "tracee/registers.h"
#include "tracee/tracee.h"

namespace openmosix {

/// A system call that a traced process is to make.
struct InjectedCall {
    std::uint64_t number = 0;
    std::array<std::uint64_t, 6> arguments{};
    /// As the kernel leaves it; -4095 to -1 are errors.
    std::int64_t result = 0;
};

/// Makes a stopped process do system calls of ours in its own name: by a little code in an area of its address space.
/// Its registers and its signal mask are taken aside for that; all signals wait meanwhile.
class Agent {
public:
    /// The process stands, and the area is mapped (readable, writable and executable) at `address`.
    /// `frozen` is what the process's registers were, of which the segments are used.
    Agent(Tracee& tracee, const MemoryFile& memory, const Registers& frozen, std::uint64_t address);

    [[nodiscard]] pid_t pid() const { return tracee_.pid(); }
    [[nodiscard]] Abi abi() const { return frozen_.abi; }
    [[nodiscard]] std::uint64_t address() const { return address_; }
    [[nodiscard]] std::uint64_t scratch() const { return address_ + agent_area::scratch_offset; }

    /// Makes the calls one after another, also when some fail, and sets their results. Afterwards the process stands
    /// before the delivery of a signal (SIGTRAP, which is then thrown away), where the kernel looks at what the
    /// registers say about an interrupted call. The area is the program's to write, too: so the code is written anew
    /// each time, and of the calls at which a seccomp filter stops only these pass, in this order. At another one the
    /// process is killed. Throws std::runtime_error when it ended or did something else.
    void run(std::span<InjectedCall> calls);
    /// One call; throws std::system_error with `what` when it fails.
    std::int64_t call(const char* what, std::uint64_t number, std::array<std::uint64_t, 6> arguments = {});

    void write_scratch(std::uint64_t offset, std::span<const std::uint8_t> bytes);
    [[nodiscard]] std::vector<std::uint8_t> read_scratch(std::uint64_t offset, std::size_t size) const;

private:
    void run_part(std::span<InjectedCall> calls);
    void write_code();
    void wait_for_breakpoint(std::span<const InjectedCall> expected);
    /// At a seccomp stop: takes the call, and those before it, off the expected ones.
    void check_call(std::span<const InjectedCall>& expected);

    Tracee& tracee_;
    const MemoryFile& memory_;
    Registers frozen_;
    std::uint64_t address_;
    /// SIGSTOP came while calls were made, and has to come again.
    bool is_stop_kept_ = false;
};

/// Makes one system call at an instruction that the process has anyway (its vDSO's), where there is no area yet or no
/// more. The process stands afterwards at the exit of the call. Returns the result.
std::int64_t call_at(Tracee& tracee, const Registers& frozen, std::uint64_t instruction, const InjectedCall& call);

/// All signals but those that must come through while code of ours runs.
inline constexpr std::uint64_t all_signals_wait = ~(std::uint64_t{1} << (SIGTRAP - 1));

}  // namespace openmosix
