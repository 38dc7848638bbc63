// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/best_place.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "balance/candidate.h"
#include "balance/pace.h"
#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

struct Place {
    NodeId node = 0;
    double pace = 0;
};

/// What the process is of the mean of runnable processes where it is: one that has just started is no part of it yet.
double share_in_mean(const ProcessState& process) {
    const double age = to_seconds(process.processor_time) / to_seconds(tuning::load_time_constant);
    return process.demand * (1 - std::exp(-age));
}

}  // namespace

std::optional<NodeId> best_place(const Situation& situation, const BestPlaceRequest& request, const SentWork& sent,
                                 const MoveCosts& costs, clusterdisc::Random& random) {
    const ProcessState& process = request.process;
    const bool is_any_known = std::ranges::any_of(
        situation.others, [&](const KnownNode& other) { return contains(request.wanted, other.state.node); });
    if (!is_any_known) {
        return std::nullopt;
    }
    const double call_seconds =
        assess_here(process, situation.own, situation.own.runnable(), costs).call_seconds_of_work;
    std::vector<Place> places;
    const auto consider = [&](const NodeState& node, Trust trust) {
        const bool is_here = node.node == request.place;
        const bool is_home = node.node == process.id.home;
        const bool is_refused = !is_here && (obstacle(process, node) || (trust == Trust::distrusted && !is_home));
        if (!contains(request.wanted, node.node) || is_refused) {
            return;
        }
        const double others = std::max(node.runnable() - (is_here ? share_in_mean(process) : 0), 0.0);
        const double runnable = others + std::max(process.demand, tuning::min_demand);
        places.push_back({node.node, is_home ? pace(node, runnable) : pace_away(node, runnable, call_seconds)});
    };
    consider(situation.own, Trust::trusted);
    for (const KnownNode& other : situation.others) {
        consider(sent.added_to(other), other.trust);
    }
    if (places.empty()) {
        return std::nullopt;
    }
    const double best = std::ranges::max_element(places, {}, &Place::pace)->pace;
    const auto here = std::ranges::find(places, request.place, &Place::node);
    if (here != places.end() && here->pace * (1 + tuning::min_gain_share) >= best) {
        return request.place;
    }
    std::erase_if(places, [best](const Place& place) { return place.pace < best * (1 - tuning::good_target_share); });
    return places[static_cast<std::size_t>(random.below(places.size()))].node;
}

}  // namespace openmosix::balance
