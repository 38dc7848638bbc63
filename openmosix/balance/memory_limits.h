// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "balance/node_state.h"

namespace openmosix::balance {

/// True if the node would have tuning::reserve_share of its memory free with a process of so many pages in addition.
bool has_memory_for(const NodeState& state, std::uint32_t pages);

/// Pages that must become free so that the node is no longer short of memory; 0 when it is not
/// (tuning::shortage_share).
std::uint32_t missing_pages(const NodeState& state);

/// The memory part of a node's opportunity cost with so many more pages in use: nodes^(used / total), less the same as
/// it is now, divided by `nodes`, so between 0 and 1. Amir, Awerbuch, Barak, Borgstrom and Keren, "An opportunity cost
/// approach for job assignment in a scalable computing cluster", IEEE TPDS 11(7), 2000.
double marginal_memory_cost(const NodeState& state, std::uint32_t pages, std::size_t nodes);

}  // namespace openmosix::balance
