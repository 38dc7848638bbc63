// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/yardstick.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace openmosix::balance {
namespace {

/// How long the standard processor's second of such rounds takes at this rate.
double time_of_standard_second(double standard_rate, double rate) {
    constexpr double slowest = 1e-3;
    return standard_rate / (rate > slowest ? rate : slowest);
}

}  // namespace

std::uint32_t openmosix_load(double runnable, const Processors& processors, std::uint32_t speed) {
    const double ability = capacity(processors) * std::max(speed, min_speed) / standard_speed;
    const double load = load_of_standard_processor * runnable / ability;
    constexpr double max = std::numeric_limits<std::int32_t>::max();
    // Also what is not a number is none.
    return load > 0 ? static_cast<std::uint32_t>(std::min(load, max)) : 0;
}

std::uint32_t speed_of(const LoopRates& rates) {
    const double time = 0.5 * time_of_standard_second(standard_rates.integer, rates.integer) +
                        0.25 * time_of_standard_second(standard_rates.x87, rates.x87) +
                        0.25 * time_of_standard_second(standard_rates.memory, rates.memory);
    return static_cast<std::uint32_t>(std::lround(std::clamp<double>(standard_speed / time, min_speed, max_speed)));
}

}  // namespace openmosix::balance
