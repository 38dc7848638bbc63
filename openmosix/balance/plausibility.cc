// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/plausibility.h"

#include <algorithm>
#include <cmath>

namespace openmosix::balance {

std::uint32_t to_hundredths(double processes) {
    if (!(processes > 0)) {
        return 0;
    }
    return static_cast<std::uint32_t>(std::lround(std::min<double>(100 * processes, max_runnable_hundredths)));
}

NodeState clamped(const NodeState& state) {
    NodeState result = state;
    result.speed = std::clamp(state.speed, min_speed, max_speed);
    result.processors.threads = std::clamp<std::uint16_t>(state.processors.threads, 1, Processors::max_threads);
    result.processors.cores = std::clamp<std::uint16_t>(state.processors.cores, 1, result.processors.threads);
    result.processors.limit = std::max(state.processors.limit, 1U);
    result.runnable_hundredths = std::min(state.runnable_hundredths, max_runnable_hundredths);
    result.total_pages = std::clamp(state.total_pages, 1U, max_pages);
    result.free_pages = std::min(state.free_pages, result.total_pages);
    return result;
}

Plausibility plausibility_of(const NodeState& state) {
    return clamped(state) == state ? Plausibility::plausible : Plausibility::absurd;
}

}  // namespace openmosix::balance
