// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "balance/process_state.h"
#include "balance/seconds.h"

namespace openmosix::balance {

/// What moves and forwarded calls of this node cost: means of what was measured, the values of tuning.h before anything
/// was. One thread.
class MoveCosts {
public:
    /// A move ended well: how long the program did not run, handshake included, and how its memory travelled. Values
    /// that are not positive are not taken.
    void observe_move(Instant freeze, std::uint64_t bytes, Instant transfer);
    /// A program was started at another node.
    void observe_placement(Instant delay);
    /// Time of a forwarded call without a buffer.
    void observe_call(Instant latency);

    /// Seconds that a move takes from a process with this memory. Harchol-Balter and Downey's "f + memory / bandwidth",
    /// with post-copy: the program waits during the freeze, and during a share of the time in which its memory follows.
    [[nodiscard]] double move_seconds(std::uint32_t pages) const;
    [[nodiscard]] double placement_seconds() const { return placement_.value; }
    [[nodiscard]] double freeze_seconds() const { return freeze_.value; }
    /// Bytes per second.
    [[nodiscard]] double bandwidth() const { return bandwidth_.value; }
    [[nodiscard]] double call_latency_seconds() const { return call_.value; }
    /// Seconds of waiting per second of processor time here when the calls of this process are forwarded.
    [[nodiscard]] double call_seconds(const ProcessState& process) const;

private:
    /// Newer measurements count more; the first one replaces what was assumed.
    struct Mean {
        double value = 0;
        bool is_measured = false;
        /// Takes positive values only.
        void take(double measured);
    };

    Mean freeze_{initial_freeze()};
    Mean bandwidth_{initial_bandwidth()};
    Mean placement_{initial_placement()};
    Mean call_{initial_call()};

    static double initial_freeze();
    static double initial_bandwidth();
    static double initial_placement();
    static double initial_call();
};

}  // namespace openmosix::balance
