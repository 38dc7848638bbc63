// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "balance/node_state.h"

namespace openmosix::balance {

/// What no node has: beyond it a report is a lie or a fault, and is not believed at all.
inline constexpr std::uint32_t max_runnable_hundredths = 100 * 65536;
/// 4 TiB.
inline constexpr std::uint32_t max_pages = 1U << 30U;

enum class Plausibility : std::uint8_t {
    plausible,
    /// Contradicts itself or is beyond what any node has.
    absurd,
};

Plausibility plausibility_of(const NodeState& state);

/// The same with every value within what a node can have; of a plausible state nothing changes. So arithmetic on the
/// result neither overflows nor divides by zero, whatever a peer said.
NodeState clamped(const NodeState& state);

}  // namespace openmosix::balance
