// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace openmosix::balance {

/// What a node has to run programs on. Hardware threads and limits of control groups count for what they give.
struct Processors {
    static constexpr std::uint32_t no_limit = 0xffffffffU;
    static constexpr std::uint16_t max_threads = 8192;

    /// Cores that omd may use (its cpuset), 1 to `threads`.
    std::uint16_t cores = 1;
    /// Hardware threads of these cores, up to max_threads.
    std::uint16_t threads = 1;
    /// What the control group gives (cpu.max), in hundredths of a processor; not 0.
    std::uint32_t limit = no_limit;

    bool operator==(const Processors&) const = default;
};

/// How many processors' work is done with this number of runnable processes: each gets a core as long as there are any,
/// then a thread of a core that is busy already, worth tuning::sibling_share.
double throughput(const Processors& processors, double runnable);

/// With as many runnable processes as there are hardware threads.
double capacity(const Processors& processors);

/// What each of `runnable` processes gets of a processor, 0 to 1.
double processor_share(const Processors& processors, double runnable);

}  // namespace openmosix::balance
