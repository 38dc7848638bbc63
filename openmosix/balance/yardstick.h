// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "balance/processors.h"

namespace openmosix::balance {

/// The yardstick: a Pentium III of 1 GHz has speed 10000, per processor. Of openMosix's two definitions this is the
/// HOWTO's (its manual of mosmon gives 10000 to a Pentium II of 400 MHz).
inline constexpr std::uint32_t standard_speed = 10000;
/// A hundredth of a 486 DX-33 is slower, a hundred times the fastest processor of 2026 is faster: others lie.
inline constexpr std::uint32_t min_speed = 1;
inline constexpr std::uint32_t max_speed = 100'000'000;

/// In /proc/hpc/nodes/ID/load one runnable process on one standard processor is 250: clients of openMosix show it
/// divided by 2.5 as percent.
inline constexpr double load_of_standard_processor = 250;

/// Memory is counted in pages of 4096 bytes, as MOSIX did.
inline constexpr std::uint32_t page_size = 4096;
inline constexpr std::uint32_t pages_of_mebibyte = (1U << 20U) / page_size;

/// The load as openMosix counts it: runnable processes against what the node can do, in units of
/// load_of_standard_processor. A faster node and one with more processors shows less for the same work. Takes any
/// values; the result is between 0 and 2^31 - 1.
std::uint32_t openmosix_load(double runnable, const Processors& processors, std::uint32_t speed);

/// How fast one processor goes through three loops, in rounds per second: what SpeedMeasurement measures.
struct LoopRates {
    double integer = 0;
    double x87 = 0;
    double memory = 0;
};

/// The rates of the standard processor, from the latencies of its instructions (Fog, "Instruction tables", P3: IMUL 4,
/// ADD 1, FMUL 5, FADD 3 cycles; a load that misses its caches 110 ns with PC133 memory), not from a measurement.
inline constexpr LoopRates standard_rates{.integer = 1e9 / 5, .x87 = 1e9 / 8, .memory = 1e9 / 110};

/// The speed of a processor with these rates: that of a mix which spends half of its time on the standard processor
/// with integers, a quarter with x87 numbers and a quarter with memory. Between min_speed and max_speed; rates that are
/// not positive count as the lowest possible.
std::uint32_t speed_of(const LoopRates& rates);

}  // namespace openmosix::balance
