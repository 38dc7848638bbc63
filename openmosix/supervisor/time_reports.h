// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "peer/used_time.h"

namespace openmosix {

/// Where a guest runs: when home is told how much of processors it has used. That is soon after it has used some; while
/// it waits for home, nothing is looked at.
class TimeReports {
public:
    using Instant = std::chrono::steady_clock::time_point;

    TimeReports() = default;
    /// `known`: what home knows now.
    TimeReports(const UsedTime& known, Instant now) : told_(known), next_(now + min_pause) {}

    void body_runs() { has_run_ = true; }
    /// When to look at what it has used; none: nothing has changed.
    [[nodiscard]] std::optional<Instant> next() const { return has_run_ ? std::optional(next_) : std::nullopt; }
    /// What it has used now, and whether it goes on using more. Whether home is to be told, as that is at least so many
    /// nanoseconds more than it knows.
    bool take(const UsedTime& used, bool is_running, std::uint64_t least, Instant now);

    static constexpr std::chrono::seconds min_pause{2};
    /// Of a body that does not wait for home and yet uses nothing, as in futex(2) or when it is stopped.
    static constexpr std::chrono::seconds max_pause{16};

private:
    UsedTime told_;
    Instant next_;
    std::chrono::seconds pause_ = min_pause;
    bool has_run_ = false;
};

}  // namespace openmosix
