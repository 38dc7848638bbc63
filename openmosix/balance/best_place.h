// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>

#include "balance/move_costs.h"
#include "balance/process_state.h"
#include "balance/sent_work.h"
#include "balance/situation.h"
#include "common/random.h"

namespace openmosix::balance {

/// A user's order to run a process where it does best (mosrun without a node, migrate balance, goto -1).
struct BestPlaceRequest {
    const ProcessState& process;
    /// Where it is now.
    NodeId place = 0;
    /// The nodes of which one shall be chosen.
    std::span<const NodeSpan> wanted;
};

/// Returns the node at which the process gets most of a processor, forwarded calls considered, by what is known now and
/// with what was `sent` counted; among those that are nearly as good at random. Where it is now stays the choice unless
/// another node is better by tuning::min_gain_share. What a move costs does not count: the user has decided that. None
/// when nothing is known of other nodes that are wanted, or none that is wanted takes the process.
std::optional<NodeId> best_place(const Situation& situation, const BestPlaceRequest& request, const SentWork& sent,
                                 const MoveCosts& costs, clusterdisc::Random& random);

}  // namespace openmosix::balance
