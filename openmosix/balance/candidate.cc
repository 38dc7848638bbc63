// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/candidate.h"

#include <algorithm>

#include "balance/memory_limits.h"
#include "balance/pace.h"
#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

double speed_ratio(const NodeState& node) {
    return static_cast<double>(node.speed) / standard_speed;
}

/// Seconds per second that the others on a node gain together when one process of this demand goes.
double gain_of_others(const NodeState& node, double runnable, double demand) {
    const double others = std::max(runnable - demand, 0.0);
    const double share_with = processor_share(node.processors, runnable);
    const double share_without = processor_share(node.processors, others);
    return others * (1 - share_with / share_without);
}

}  // namespace

const char* to_text(Verdict verdict) {
    switch (verdict) {
        case Verdict::chosen:
            return "chosen";
        case Verdict::also_good:
            return "as good, not drawn";
        case Verdict::not_best:
            return "another is better";
        case Verdict::no_gain:
            return "gains too little";
        case Verdict::takes_no_guests:
            return "takes no guests";
        case Verdict::not_allowed:
            return "its user has not allowed it (mosrun -j, mignodes)";
        case Verdict::own_user:
            return "its own user needs it";
        case Verdict::other_abi:
            return "does not run such programs";
        case Verdict::memory:
            return "too little free memory";
        case Verdict::distrusted:
            return "said something impossible";
        case Verdict::paused:
            return "refused not long ago";
        case Verdict::left_lately:
            return "it left this node, and nothing has changed there";
    }
    return "unknown";
}

HereAndNow assess_here(const ProcessState& process, const NodeState& own, double runnable, const MoveCosts& costs,
                       std::optional<double> expected_work) {
    HereAndNow here;
    here.runnable = std::max(runnable, process.demand);
    here.call_seconds_of_work = costs.call_seconds(process) / speed_ratio(own);
    here.work = expected_work.value_or(to_seconds(process.processor_time) * speed_ratio(own));
    const bool is_at_home = process.id.home == own.node;
    here.pace = is_at_home ? pace(own, here.runnable) : pace_away(own, here.runnable, here.call_seconds_of_work);
    here.run_seconds = here.work / here.pace;
    return here;
}

std::optional<Verdict> obstacle(const ProcessState& process, const NodeState& target) {
    if (target.node == process.id.home) {
        // It belongs there; but its memory went with it.
        return has_memory_for(target, process.pages) ? std::nullopt : std::optional(Verdict::memory);
    }
    for (const NodePolicy policy : {NodePolicy::block, NodePolicy::leaving, NodePolicy::expel}) {
        if (target.policies.has(policy)) {
            return Verdict::takes_no_guests;
        }
    }
    if (!is_allowed(process, target.node)) {
        return Verdict::not_allowed;
    }
    if (target.user == OwnUser::present) {
        return Verdict::own_user;
    }
    if (!target.can_run(process.abi)) {
        return Verdict::other_abi;
    }
    if (!has_memory_for(target, process.pages)) {
        return Verdict::memory;
    }
    return std::nullopt;
}

Candidate assess_there(const ProcessState& process, const HereAndNow& here, const NodeState& own,
                       const NodeState& target, double move_seconds, std::size_t nodes) {
    Candidate candidate{.node = target.node, .runnable = target.runnable(), .move_seconds = move_seconds};
    const double runnable = target.runnable() + process.demand;
    candidate.pace = target.node == process.id.home ? pace(target, runnable)
                                                    : pace_away(target, runnable, here.call_seconds_of_work);
    candidate.run_seconds = here.work / candidate.pace;
    const double time = std::min(here.run_seconds, candidate.run_seconds);
    candidate.others_gain =
        time * (gain_of_others(own, here.runnable, process.demand) - gain_of_others(target, runnable, process.demand));
    candidate.gain = here.run_seconds - move_seconds - candidate.run_seconds + candidate.others_gain -
                     here.run_seconds * marginal_memory_cost(target, process.pages, nodes);
    return candidate;
}

bool is_gain(const Candidate& candidate, const HereAndNow& here, double min_share) {
    const double least = min_share * here.run_seconds;
    const double own_gain = here.run_seconds - candidate.move_seconds - candidate.run_seconds;
    return candidate.gain >= least && own_gain >= -least;
}

bool is_return_without_change(Instant now, const ProcessState& process, const Candidate& candidate) {
    return std::ranges::any_of(process.former, [&](const FormerNode& former) {
        return former.node == candidate.node && now - former.left < tuning::return_memory &&
               candidate.pace < tuning::min_return_gain * former.pace;
    });
}

}  // namespace openmosix::balance
