// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "balance/decision_history.h"
#include "balance/move_costs.h"
#include "balance/view_table.h"

namespace openmosix::balance {

/// `mosctl why PID`: the decisions in words, the newest first, some lines each. How to read it: docs/balancing.md.
/// Texts that programs chose are escaped. `state`: why nothing is decided about it now; empty: something is.
std::string explain(Instant now, const ProcessId& process, std::span<const Decision> decisions,
                    const std::string& state = {});

/// What moves and forwarded calls cost, as far as was measured: a line.
std::string explain_costs(const MoveCosts& costs);

/// What stands against moves from or to a node, as words with commas between: `block,own user`.
std::string remarks_of(const NodeState& state);

/// `mosctl why`: a table of what this node thinks of itself and of all others.
std::string explain_nodes(Instant now, const NodeState& own, std::span<const KnownNode> others);

}  // namespace openmosix::balance
