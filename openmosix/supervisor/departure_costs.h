// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace openmosix {

/// What the last departure of a process has cost, for omd's decisions (balance/move_costs.h). Nanoseconds; 0: not
/// known.
class DepartureCosts {
public:
    /// A message has come in answer to one of ours: of the next departure.
    void answered(std::int64_t after) { next_round_trip_ = std::min(next_round_trip_, after); }
    /// The process runs elsewhere, after it was stopped so long.
    void departed(std::int64_t freeze) {
        const std::int64_t round_trip = next_round_trip_;
        *this = DepartureCosts();
        freeze_ = freeze;
        round_trip_ = round_trip;
    }
    /// All of its memory is there.
    void transferred(std::uint64_t bytes, std::int64_t time) {
        transfer_bytes_ = bytes;
        transfer_ = time;
    }
    /// A forwarded call ended, so long after it came.
    void called(std::int64_t time) { min_call_ = std::min(min_call_, time); }

    [[nodiscard]] std::int64_t freeze() const { return freeze_; }
    [[nodiscard]] std::uint64_t transfer_bytes() const { return transfer_bytes_; }
    [[nodiscard]] std::int64_t transfer() const { return transfer_; }
    /// The time of a call that does not wait and has little to carry.
    [[nodiscard]] std::int64_t call() const {
        return round_trip_ == unknown || min_call_ == unknown ? 0 : round_trip_ + min_call_;
    }

private:
    static constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max() / 2;

    std::int64_t freeze_ = 0;
    std::uint64_t transfer_bytes_ = 0;
    std::int64_t transfer_ = 0;
    std::int64_t next_round_trip_ = unknown;
    std::int64_t round_trip_ = unknown;
    std::int64_t min_call_ = unknown;
};

}  // namespace openmosix
