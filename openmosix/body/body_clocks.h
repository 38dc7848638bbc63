// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "clocks/vdso.h"
#include "tracee/agent.h"
#include "tracee/memory_file.h"

namespace openmosix {

/// What makes a body read home's clocks without a stop. The body is in a time namespace that has home's monotonic
/// clocks; only the wall clock is this node's. So the entries of the vDSO's clock functions lead to code of ours
/// (clock_code.h).
///
/// Our code calls the kernel's own functions in a copy of the vDSO in the agent's area. They find their data (vvar) at
/// a fixed distance, so this is moved there as well. Where it was are zeros, and the last two pages of the zeros' place
/// are our data and our code.
///
/// What remains of the functions has no data, so that a process whose handler has interrupted them at home returns from
/// it at home (GuestSupervisor::returns_to_clock_code()). To return there from a system call, as i386's functions make
/// them (__kernel_vsyscall), is harmless: behind it they need none.
class BodyClocks {
public:
    /// `vdso`: where it is now, with the content that the kernel gave it. Throws std::runtime_error when it is not as
    /// expected, and std::system_error.
    BodyClocks(Agent& agent, pid_t pid, const MemoryFile& memory, Vdso vdso);

    /// Nanoseconds that home's wall clock is ahead of its CLOCK_MONOTONIC, not negative. The body may run.
    void set_wall_clock(std::int64_t ahead);

    /// Sets the registers of a body that stopped in our code back to before its call of the vDSO's function. Returns
    /// false, and changes nothing, if it stopped elsewhere.
    bool step_back(Registers& registers) const;

private:
    [[nodiscard]] std::uint64_t data() const;
    [[nodiscard]] std::uint64_t code() const;
    [[nodiscard]] std::uint64_t copy() const;
    [[nodiscard]] std::uint64_t entry(std::uint64_t function) const;
    void map(Agent& agent, pid_t pid) const;
    void write(std::uint64_t address, std::span<const std::uint8_t> bytes) const;

    const MemoryFile& memory_;
    Abi abi_;
    Vdso vdso_;
    /// The address of the moved vvar pages, which the copy of the vDSO follows.
    std::uint64_t moved_;
    std::uint32_t sequence_ = 0;
};

}  // namespace openmosix
