// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/simulator/threshold_policy.h"

namespace openmosix::balance::simulator {
namespace {

/// With `more` processes, against what the node can do.
double relative_load(const NodeState& state, double more) {
    return (state.runnable() + more) / (capacity(state.processors) * state.speed);
}

}  // namespace

std::optional<Move> move_by_threshold(const VirtualNode& node, Instant now, clusterdisc::Random& random) {
    const Situation situation = node.situation(now);
    if (situation.others.empty() || node.jobs().empty()) {
        return std::nullopt;
    }
    const NodeState& other = situation.others[static_cast<std::size_t>(random.below(situation.others.size()))].state;
    const Job& job = *node.jobs()[static_cast<std::size_t>(random.below(node.jobs().size()))];
    const bool is_better = relative_load(situation.own, 0) > relative_load(other, 1);
    if (!is_better || other.free_pages < job.spec.pages || job.spec.lock == MoveLock::locked) {
        return std::nullopt;
    }
    return Move{.process = {.home = job.spec.home, .pid = job.pid}, .target = other.node, .request = {}};
}

}  // namespace openmosix::balance::simulator
