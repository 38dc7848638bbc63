// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace openmosix::balance::simulator {

/// What decides about moves in a run.
enum class Policy : std::uint8_t {
    /// Everything stays at home.
    none,
    /// Each program is started at a random node, and stays there.
    random_start,
    /// As openMosix is described: once per second a node compares its load with that of a random node that it knows; if
    /// the difference is more than one process, a random process moves. Neither its age nor its calls count, and no
    /// target refuses.
    threshold,
    /// MovePlanner.
    ours,
};
inline constexpr Policy all_policies[] = {Policy::none, Policy::random_start, Policy::threshold, Policy::ours};

inline const char* to_text(Policy policy) {
    constexpr const char* texts[] = {"none", "random-start", "threshold", "ours"};
    return texts[static_cast<std::size_t>(policy)];
}

}  // namespace openmosix::balance::simulator
