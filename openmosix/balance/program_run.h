// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "balance/command_history.h"
#include "balance/seconds.h"

namespace openmosix::balance {

/// What a process has used at its home in its whole life, at one time.
struct ProgramUse {
    Instant time{};
    Instant processor_time{};
    /// System calls that are or would be forwarded, and the bytes of their buffers.
    std::uint64_t calls = 0;
    std::uint64_t call_bytes = 0;
    /// Resident memory; 0 when it is elsewhere.
    std::uint32_t pages = 0;
    /// Whether it runs or waits for a processor.
    bool is_runnable = false;
    /// Whether it is stopped for whoever traces it, as it is while its program runs on another node.
    bool is_traced = false;
};

/// One run of a program, from execve(2) to its end: what it needed, from looks at it that get rarer as it gets older.
class ProgramRun {
public:
    /// `start`: at its execve(2). `speed`: of this node's processors.
    ProgramRun(const ProgramUse& start, std::uint32_t speed) : start_(start), last_(start), speed_(speed) {}

    [[nodiscard]] Instant started() const { return start_.time; }
    /// When to look at it again: what it uses between the last look and its end is an estimate, from a fifth of its
    /// age at most.
    [[nodiscard]] Instant next_look() const;
    void look(const ProgramUse& use);

    /// It has used so much of a processor of this speed on another node. `counted`: so much of this, or of what was
    /// added before, does ProgramUse::processor_time have from now on.
    void add_elsewhere(Instant processor_time, std::uint32_t speed, Instant counted);

    /// What it needed when it ends now. `known`: what former runs needed, for what was not measured in this one.
    [[nodiscard]] ProgramNeeds needs(Instant now, const ProgramNeeds& known) const;

private:
    ProgramUse start_;
    ProgramUse last_;
    std::uint32_t speed_;
    std::uint32_t pages_ = 0;
    /// Standard processor seconds.
    double work_elsewhere_ = 0;
    /// Seconds on other nodes that the processor time has now, and had at the last look.
    double counted_elsewhere_ = 0;
    double counted_at_look_ = 0;
    /// Seconds that were looked at in which it was at home, and the part of them in which it could run.
    double seconds_here_ = 0;
    double runnable_seconds_ = 0;
};

}  // namespace openmosix::balance
