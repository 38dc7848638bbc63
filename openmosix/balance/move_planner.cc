// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/move_planner.h"

#include <algorithm>
#include <utility>

#include "balance/memory_limits.h"
#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

/// Orders of an administrator do not wait for each other, but each takes a connection.
constexpr std::size_t max_orders_per_round = tuning::max_reservations;

/// A guest goes home with all of its memory before it leaves for another node.
constexpr double moves_past_home = 2;

double min_gain_share(MovePurpose purpose) {
    return purpose == MovePurpose::start ? tuning::min_placement_gain_share : tuning::min_gain_share;
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
    records_.forget_old(now);
    sent_.forget_old(now);
    std::erase_if(paused_targets_, [now](const auto& item) { return item.second <= now; });
    records_.judge_departures(now, processes, away);

    Situation changed = situation;
    for (const ProcessState& process : processes) {
        if (records_.is_under_way(process.id)) {
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
        for (const ProcessState& process : processes) {
            if (!records_.is_under_way(process.id)) {
                record_stay(changed, process.id, StayReason::node_stays);
            }
        }
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
        records_.is_paused(situation.now, process.id) || records_.is_under_way(process.id)) {
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
    // When it has ended meanwhile, its number may be another one's.
    const bool is_known = records_.end(move.process);
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
        if (!is_known) {
            return;
        }
        if (move.process.home == own_ && move.target != own_) {
            records_.departed(now, move.process);
        } else {
            records_.forget_reason(move.process);
        }
        return;
    }
    sent_.remove(move);
    if (const auto* refused = std::get_if<ProcessRefused>(&result)) {
        if (is_known) {
            records_.refused(now, move.process, refused->reason);
        }
    } else {
        paused_targets_[move.target] = now + target_pause();
    }
    if (is_known && move.target == move.process.home) {
        records_.pause_home(move.process, now + target_pause());
    }
}

void MovePlanner::process_started(pid_t pid) {
    records_.forget({.home = own_, .pid = pid});
    history_.forget({.home = own_, .pid = pid});
}

void MovePlanner::process_ended(pid_t pid) {
    records_.gone({.home = own_, .pid = pid});
    history_.forget({.home = own_, .pid = pid});
}

std::optional<StayReason> MovePlanner::stay_reason(Instant now, const ProcessState& process, const NodeState& own,
                                                   MovePurpose purpose) const {
    if (const auto reason = permanent_stay_reason(process, own, selection_)) {
        return reason;
    }
    if (records_.is_paused(now, process.id)) {
        return StayReason::refused_before;
    }
    if (own.policies.has(NodePolicy::lstay) && process.id.home == own.node) {
        return StayReason::node_stays;
    }
    const Instant residency = is_urgent(purpose) ? tuning::urgent_residency : tuning::residency;
    if (records_.has_just_departed(process.id) || (process.arrived && now - *process.arrived < residency)) {
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
        if (records_.is_under_way(process.id)) {
            continue;
        }
        const auto reason = stay_reason(situation.now, process, situation.own, purpose);
        if (!reason) {
            result.push_back(&process);
        } else if (purpose == MovePurpose::balance) {
            record_stay(situation, process.id, *reason,
                        *reason == StayReason::cant_move        ? process.cant_move
                        : *reason == StayReason::refused_before ? records_.reason(process.id)
                                                                : std::string());
        }
    }
    return result;
}

void MovePlanner::record_stay(const Situation& situation, const ProcessId& process, StayReason reason,
                              const std::string& detail) {
    history_.record(process, {.time = situation.now,
                              .purpose = MovePurpose::balance,
                              .outcome = StayDecided{reason},
                              .here = {},
                              .candidates = {},
                              .candidate_count = 0,
                              .detail = detail});
}

std::vector<Candidate> MovePlanner::assess_all(const Situation& situation, const ProcessState& process,
                                               const HereAndNow& here, MovePurpose purpose, double move_seconds) const {
    std::vector<Candidate> candidates;
    candidates.reserve(situation.others.size());
    for (const KnownNode& other : situation.others) {
        const NodeState target = sent_.added_to(other);
        const bool is_past_home = process.id.home != own_ && target.node != process.id.home;
        Candidate candidate =
            assess_there(process, here, situation.own, target,
                         is_past_home ? moves_past_home * move_seconds : move_seconds, situation.others.size() + 1);
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
    records_.begin(situation.now, process.id);
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
    records_.begin(situation.now, process);
    return {.process = process,
            .target = process.home,
            .purpose = purpose,
            .request = {.process = process, .from = from, .purpose = purpose}};
}

void MovePlanner::bring(const Situation& situation, std::span<const AwayProcess> away, std::vector<Move>& moves) {
    for (const AwayProcess& process : away) {
        if (moves.size() < max_orders_per_round && !records_.is_under_way(process.id) &&
            !records_.is_home_paused(process.id)) {
            moves.push_back(to_home(situation, process.id, process.where, MovePurpose::bring));
        }
    }
}

void MovePlanner::expel(const Situation& situation, std::span<const ProcessState> processes, std::vector<Move>& moves) {
    for (const ProcessState& process : processes) {
        const bool is_guest = process.id.home != own_;
        if (is_guest && moves.size() < max_orders_per_round && !records_.is_under_way(process.id) &&
            !records_.is_home_paused(process.id)) {
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
        } else if (!records_.is_home_paused(process->id)) {
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
    for (; possible.size() > tuning::max_processes_of_round; possible.pop_back()) {
        record_stay(situation, possible.back()->id, StayReason::not_among_oldest);
    }
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
