// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "balance/node_state.h"
#include "balance/seconds.h"
#include "balance/view_table.h"

namespace openmosix::balance {

/// What a round of decisions starts from: all of one moment.
struct Situation {
    Instant now{};
    /// This node, with what is under way to it (Admission::with_reservations()).
    NodeState own;
    /// Members with reports not older than tuning::max_age_for_decision (ViewTable::known()).
    std::vector<KnownNode> others;
};

}  // namespace openmosix::balance
