// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/move_planner.h"

#include <algorithm>
#include <utility>

#include "balance/memory_limits.h"
#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

/// After this time omd has lost sight of a move; the process is looked at again.
constexpr Instant max_time_of_move = std::chrono::seconds(60);
/// Orders of an administrator do not wait for each other, but each takes a connection.
constexpr std::size_t max_orders_per_round = tuning::max_reservations;

double min_gain_share(MovePurpose purpose) {
    return purpose == MovePurpose::start ? tuning::min_placement_gain_share : tuning::min_gain_share;
}

/// Requests of one round overtake each other on the way: each expects the others of the round at its target. Not so for
/// a process that goes back to a node, which does so only for what it expected.
void expect_each_other(std::vector<Move>& moves, std::span<const ProcessState> processes) {
    std::map<NodeId, double> expected;
    for (const Move& move : moves) {
        double& most = expected[move.target];
        most = std::max(most, move.request.expected_runnable);
    }
    for (Move& move : moves) {
        const auto process = std::ranges::find(processes, move.process, &ProcessState::id);
        const bool is_return =
            process != processes.end() &&
            std::ranges::find(process->former, move.target, &FormerNode::node) != process->former.end();
        if (!is_return) {
            move.request.expected_runnable = expected[move.target];
        }
    }
}

/// What a process takes from this node's state when it goes.
void take_away(NodeState& own, const ProcessState& process) {
    own.runnable_hundredths -= std::min(own.runnable_hundredths, to_hundredths(process.demand));
    own.free_pages = std::min(own.free_pages + process.pages, own.total_pages);
}

}  // namespace

std::vector<Move> MovePlanner::round(const Situation& situation, std::span<const ProcessState> processes,
                                     std::span<const AwayProcess> away) {
    const Instant now = situation.now;
    reasons_.forget_old(now);
    sent_.forget_old(now);
    const auto is_over = [now](const auto& item) { return item.second <= now; };
    std::erase_if(paused_targets_, is_over);
    std::erase_if(home_pauses_, is_over);
    // A result that never came: omd has lost sight of it.
    std::erase_if(under_way_, is_over);
    judge_departures(now, processes, away);

    Situation changed = situation;
    for (const ProcessState& process : processes) {
        if (under_way_.contains(process.id)) {
            take_away(changed.own, process);
        }
    }
    std::vector<Move> moves;
    const NodePolicies policies = situation.own.policies;
    if (policies.has(NodePolicy::bring) || policies.has(NodePolicy::leaving)) {
        bring(changed, away, moves);
    }
    if (policies.has(NodePolicy::expel) || policies.has(NodePolicy::leaving)) {
        expel(changed, processes, moves);
    }
    if (policies.has(NodePolicy::stay) || policies.has(NodePolicy::leaving)) {
        return moves;
    }
    if (situation.own.user == OwnUser::present) {
        yield_to_user(changed, processes, moves);
    }
    usher(changed, processes, moves);
    balance(changed, processes, moves);
    expect_each_other(moves, processes);
    return moves;
}

std::optional<Move> MovePlanner::place(const Situation& situation, const ProcessState& process) {
    const bool may_leave = !situation.own.policies.has(NodePolicy::stay) &&
                           !situation.own.policies.has(NodePolicy::lstay) &&
                           !situation.own.policies.has(NodePolicy::leaving);
    if (!may_leave || permanent_stay_reason(process, situation.own, selection_) ||
        reasons_.is_paused(situation.now, process.id) || under_way_.contains(process.id)) {
        return std::nullopt;
    }
    const ProgramNeeds needs = commands_.expected(process.command);
    ProcessState started = process;
    started.pages = needs.pages;
    started.calls_per_second = needs.calls_per_work * situation.own.speed / standard_speed;
    started.call_bytes_per_second = needs.call_bytes_per_work * situation.own.speed / standard_speed;
    Situation changed = situation;
    auto choice = choose(changed, started, MovePurpose::start, needs.work);
    if (!choice) {
        return std::nullopt;
    }
    return decide(changed, std::move(*choice), MovePurpose::start);
}

std::optional<NodeId> MovePlanner::best_place(const Situation& situation, const BestPlaceRequest& request) {
    const auto node = balance::best_place(situation, request, sent_, costs_, random_);
    if (node && *node != own_) {
        sent_.add(situation.now, request.process, *node);
    }
    return node;
}

void MovePlanner::move_ended(Instant now, const Move& move, const MoveResult& result) {
    under_way_.erase(move.process);
    history_.add_result(move.process, to_text(result));
    const auto target_pause = [&] {
        const auto pause = static_cast<std::uint64_t>(tuning::target_pause.count());
        return Instant(static_cast<std::int64_t>(pause + random_.below(pause)));
    };
    if (const auto* done = std::get_if<MoveDone>(&result)) {
        if (move.purpose == MovePurpose::start) {
            costs_.observe_placement(done->freeze);
        } else {
            costs_.observe_move(done->freeze, done->bytes, done->transfer);
        }
        if (move.process.home == own_ && move.target != own_) {
            departures_[move.process] = now;
        } else {
            reasons_.forget(move.process);
        }
        return;
    }
    sent_.remove(move);
    if (const auto* refused = std::get_if<ProcessRefused>(&result)) {
        reasons_.remember(now, move.process, refused->reason);
    } else {
        paused_targets_[move.target] = now + target_pause();
    }
    if (move.target == move.process.home) {
        home_pauses_[move.process] = now + target_pause();
    }
}

void MovePlanner::judge_departures(Instant now, std::span<const ProcessState> processes,
                                   std::span<const AwayProcess> away) {
    std::erase_if(departures_, [&](const auto& departure) {
        const auto& [process, left] = departure;
        // What was measured before the move ended may still have it here.
        const bool is_measured = now - left >= tuning::decision_interval;
        const bool is_here = std::ranges::find(processes, process, &ProcessState::id) != processes.end();
        if (now - left < tuning::min_stay && !(is_measured && is_here)) {
            return false;
        }
        if (std::ranges::find(away, process, &AwayProcess::id) != away.end()) {
            reasons_.forget(process);
        } else {
            reasons_.remember(now, process, "it was home again soon after it had left");
        }
        return true;
    });
}

std::optional<StayReason> MovePlanner::stay_reason(Instant now, const ProcessState& process, const NodeState& own,
                                                   MovePurpose purpose) const {
    if (const auto reason = permanent_stay_reason(process, own, selection_)) {
        return reason;
    }
    if (reasons_.is_paused(now, process.id)) {
        return StayReason::refused_before;
    }
    if (own.policies.has(NodePolicy::lstay) && process.id.home == own.node) {
        return StayReason::node_stays;
    }
    const Instant residency = is_urgent(purpose) ? tuning::urgent_residency : tuning::residency;
    if (departures_.contains(process.id) || (process.arrived && now - *process.arrived < residency)) {
        return StayReason::moved_lately;
    }
    if (purpose == MovePurpose::balance && process.processor_time < tuning::min_age) {
        return StayReason::too_young;
    }
    return std::nullopt;
}

std::vector<const ProcessState*> MovePlanner::movable(const Situation& situation,
                                                      std::span<const ProcessState> processes, MovePurpose purpose) {
    std::vector<const ProcessState*> result;
    for (const ProcessState& process : processes) {
        if (under_way_.contains(process.id)) {
            continue;
        }
        const auto reason = stay_reason(situation.now, process, situation.own, purpose);
        if (!reason) {
            result.push_back(&process);
        } else if (purpose == MovePurpose::balance) {
            std::string detail = *reason == StayReason::cant_move        ? process.cant_move
                                 : *reason == StayReason::refused_before ? reasons_.reason(process.id)
                                                                         : std::string();
            history_.record(process.id, {.time = situation.now,
                                         .purpose = purpose,
                                         .outcome = StayDecided{*reason},
                                         .here = {},
                                         .candidates = {},
                                         .candidate_count = 0,
                                         .detail = std::move(detail)});
        }
    }
    return result;
}

std::vector<Candidate> MovePlanner::assess_all(const Situation& situation, const ProcessState& process,
                                               const HereAndNow& here, MovePurpose purpose, double move_seconds) const {
    std::vector<Candidate> candidates;
    candidates.reserve(situation.others.size());
    for (const KnownNode& other : situation.others) {
        const NodeState target = sent_.added_to(other);
        Candidate candidate =
            assess_there(process, here, situation.own, target, move_seconds, situation.others.size() + 1);
        if (const auto verdict = obstacle(process, target)) {
            candidate.verdict = *verdict;
        } else if (other.trust == Trust::distrusted && target.node != process.id.home) {
            candidate.verdict = Verdict::distrusted;
        } else if (paused_targets_.contains(target.node)) {
            candidate.verdict = Verdict::paused;
        } else if (needs_gain(purpose) && !is_gain(candidate, here, min_gain_share(purpose))) {
            candidate.verdict = Verdict::no_gain;
        } else if (needs_gain(purpose) && is_return_without_change(situation.now, process, candidate)) {
            candidate.verdict = Verdict::left_lately;
        } else {
            candidate.verdict = Verdict::not_best;
        }
        candidates.push_back(candidate);
    }
    return candidates;
}

std::optional<Candidate> MovePlanner::draw(std::vector<Candidate>& candidates) {
    std::ranges::sort(candidates, [](const Candidate& one, const Candidate& other) {
        const bool is_one_possible = one.verdict == Verdict::not_best;
        const bool is_other_possible = other.verdict == Verdict::not_best;
        return std::pair(!is_one_possible, -one.gain) < std::pair(!is_other_possible, -other.gain);
    });
    if (candidates.empty() || candidates.front().verdict != Verdict::not_best) {
        return std::nullopt;
    }
    const double least = candidates.front().gain - tuning::good_target_share * candidates.front().run_seconds;
    std::size_t good = 0;
    while (good < candidates.size() && candidates[good].verdict == Verdict::not_best &&
           candidates[good].gain >= least) {
        candidates[good++].verdict = Verdict::also_good;
    }
    const auto drawn = static_cast<std::size_t>(random_.below(good));
    candidates[drawn].verdict = Verdict::chosen;
    return candidates[drawn];
}

std::optional<MovePlanner::Choice> MovePlanner::choose(const Situation& situation, const ProcessState& process,
                                                       MovePurpose purpose, std::optional<double> expected_work) {
    const HereAndNow here = assess_here(process, situation.own, situation.own.runnable(), costs_, expected_work);
    const double move_seconds =
        purpose == MovePurpose::start ? costs_.placement_seconds() : costs_.move_seconds(process.pages);
    std::vector<Candidate> candidates = assess_all(situation, process, here, purpose, move_seconds);
    const auto drawn = draw(candidates);
    Decision decision{.time = situation.now,
                      .purpose = purpose,
                      .outcome = NothingBetter{},
                      .here = here,
                      .candidates = {},
                      .candidate_count = candidates.size(),
                      .detail = {}};
    candidates.resize(std::min(candidates.size(), tuning::max_candidates_of_decision));
    decision.candidates = std::move(candidates);
    if (!drawn) {
        history_.record(process.id, std::move(decision));
        return std::nullopt;
    }
    decision.outcome = MoveDecided{drawn->node};
    return Choice{.process = &process, .here = here, .target = *drawn, .decision = std::move(decision)};
}

Move MovePlanner::decide(Situation& situation, Choice choice, MovePurpose purpose) {
    const ProcessState& process = *choice.process;
    const Move move{.process = process.id,
                    .target = choice.target.node,
                    .purpose = purpose,
                    .request = {.process = process.id,
                                .from = own_,
                                .purpose = purpose,
                                .abi = process.abi,
                                .pages = process.pages,
                                .demand = process.demand,
                                .expected_runnable = choice.target.runnable + process.demand},
                    .pace_here = choice.here.pace,
                    .gain = choice.target.gain};
    history_.record(process.id, std::move(choice.decision));
    sent_.add(situation.now, process, move.target);
    under_way_[process.id] = situation.now + max_time_of_move;
    take_away(situation.own, process);
    return move;
}

Move MovePlanner::to_home(const Situation& situation, const ProcessId& process, NodeId from, MovePurpose purpose) {
    history_.record(process, {.time = situation.now,
                              .purpose = purpose,
                              .outcome = MoveDecided{process.home},
                              .here = {},
                              .candidates = {},
                              .candidate_count = 0,
                              .detail = {}});
    under_way_[process] = situation.now + max_time_of_move;
    return {.process = process,
            .target = process.home,
            .purpose = purpose,
            .request = {.process = process, .from = from, .purpose = purpose}};
}

void MovePlanner::bring(const Situation& situation, std::span<const AwayProcess> away, std::vector<Move>& moves) {
    for (const AwayProcess& process : away) {
        if (moves.size() < max_orders_per_round && !under_way_.contains(process.id) &&
            !home_pauses_.contains(process.id)) {
            moves.push_back(to_home(situation, process.id, process.where, MovePurpose::bring));
        }
    }
}

void MovePlanner::expel(const Situation& situation, std::span<const ProcessState> processes, std::vector<Move>& moves) {
    for (const ProcessState& process : processes) {
        const bool is_guest = process.id.home != own_;
        if (is_guest && moves.size() < max_orders_per_round && !under_way_.contains(process.id) &&
            !home_pauses_.contains(process.id)) {
            moves.push_back(to_home(situation, process.id, own_, MovePurpose::expel));
        }
    }
}

void MovePlanner::yield_to_user(Situation& situation, std::span<const ProcessState> processes,
                                std::vector<Move>& moves) {
    for (const ProcessState* process : movable(situation, processes, MovePurpose::own_user)) {
        if (process->id.home == own_ || moves.size() >= tuning::max_moves_per_round) {
            continue;
        }
        if (auto choice = choose(situation, *process, MovePurpose::own_user, std::nullopt)) {
            moves.push_back(decide(situation, std::move(*choice), MovePurpose::own_user));
        } else if (!home_pauses_.contains(process->id)) {
            moves.push_back(to_home(situation, process->id, own_, MovePurpose::own_user));
        }
    }
}

void MovePlanner::usher(Situation& situation, std::span<const ProcessState> processes, std::vector<Move>& moves) {
    const std::uint32_t missing = missing_pages(situation.own);
    if (missing == 0) {
        return;
    }
    std::vector<const ProcessState*> possible = movable(situation, processes, MovePurpose::memory);
    // The smallest that is enough first; when none is, the largest first.
    std::ranges::sort(possible, [missing](const ProcessState* one, const ProcessState* other) {
        const bool is_one_enough = one->pages >= missing;
        const bool is_other_enough = other->pages >= missing;
        if (is_one_enough != is_other_enough) {
            return is_one_enough;
        }
        return is_one_enough ? one->pages < other->pages : one->pages > other->pages;
    });
    for (const ProcessState* process : possible) {
        if (missing_pages(situation.own) == 0 || moves.size() >= tuning::max_moves_per_round) {
            return;
        }
        if (auto choice = choose(situation, *process, MovePurpose::memory, std::nullopt)) {
            moves.push_back(decide(situation, std::move(*choice), MovePurpose::memory));
        }
    }
}

void MovePlanner::balance(Situation& situation, std::span<const ProcessState> processes, std::vector<Move>& moves) {
    std::vector<const ProcessState*> possible = movable(situation, processes, MovePurpose::balance);
    std::ranges::sort(possible, std::ranges::greater(), &ProcessState::processor_time);
    possible.resize(std::min(possible.size(), tuning::max_processes_of_round));
    while (moves.size() < tuning::max_moves_per_round) {
        std::optional<Choice> best;
        for (const ProcessState* process : possible) {
            auto choice = choose(situation, *process, MovePurpose::balance, std::nullopt);
            if (choice && (!best || choice->target.gain > best->target.gain)) {
                best = std::move(choice);
            }
        }
        if (!best) {
            return;
        }
        std::erase(possible, best->process);
        moves.push_back(decide(situation, std::move(*best), MovePurpose::balance));
    }
}

}  // namespace openmosix::balance
