// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "balance/seconds.h"
#include "balance/yardstick.h"

namespace openmosix::balance {

/// Where the time comes from: for a measurement CLOCK_THREAD_CPUTIME_ID, so that other work of the node does not count.
using MeasuringClock = std::function<Instant()>;

/// Runs the three loops of the yardstick in the calling thread: integers (multiply and add, each round needs the one
/// before), x87 numbers of 80 bits likewise, and loads from 1 MiB in an order that no cache foresees. Each is run three
/// times and the fastest counts, for whatever disturbs makes it slower. Takes about a third of a second by `clock` on
/// any processor and 1 MiB of memory while it runs; throws std::bad_alloc when there is none.
LoopRates measure_loop_rates(const MeasuringClock& clock);

}  // namespace openmosix::balance
