// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/memory_limits.h"

#include <algorithm>
#include <cmath>

#include "balance/tuning.h"

namespace openmosix::balance {

bool has_memory_for(const NodeState& state, std::uint32_t pages) {
    return state.free_pages >= pages + tuning::reserve_share * state.total_pages;
}

std::uint32_t missing_pages(const NodeState& state) {
    // Whole pages: the x87 has more digits than others, and would see a shortage of a part of one.
    const auto wanted = static_cast<std::uint32_t>(std::lround(tuning::shortage_share * state.total_pages));
    return wanted - std::min(wanted, state.free_pages);
}

double marginal_memory_cost(const NodeState& state, std::uint32_t pages, std::size_t nodes) {
    const double base = std::max(static_cast<double>(nodes), 2.0);
    const double total = std::max<double>(state.total_pages, 1);
    const double used = total - state.free_pages;
    return (std::pow(base, std::min((used + pages) / total, 1.0)) - std::pow(base, used / total)) / base;
}

}  // namespace openmosix::balance
