// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

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
/// A handler that interrupted a clock function at home may return into its middle here. There are breakpoints in place
/// of it, from which the process goes home (step_back_from_breakpoint()). Code that the functions call and that has no
/// symbol, as on i386, remains. By the zeros it takes itself for one without a usable clock source and makes system
/// calls, but a coarse clock that it was reading may be 0.
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

    /// Sets the registers of a body that stopped behind one of the breakpoints back to where a handler has returned to.
    /// Returns false, and changes nothing, if it stopped elsewhere.
    bool step_back_from_breakpoint(Registers& registers) const;

private:
    [[nodiscard]] std::uint64_t data() const;
    [[nodiscard]] std::uint64_t code() const;
    [[nodiscard]] std::uint64_t copy() const;
    [[nodiscard]] std::uint64_t entry(std::uint64_t function) const;
    void map(Agent& agent, pid_t pid) const;
    /// Puts a jump to `ours` and breakpoints in place of a function of the vDSO. All are addresses.
    void replace(std::uint64_t function, std::uint64_t size, std::uint64_t ours);
    void write(std::uint64_t address, std::span<const std::uint8_t> bytes) const;

    const MemoryFile& memory_;
    Abi abi_;
    Vdso vdso_;
    /// The address of the moved vvar pages, which the copy of the vDSO follows.
    std::uint64_t moved_;
    /// Where the breakpoints are.
    struct Part {
        std::uint64_t start;
        std::uint64_t end;
    };
    std::vector<Part> removed_;
    std::uint32_t sequence_ = 0;
};

}  // namespace openmosix
