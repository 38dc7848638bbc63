// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/simulator/invariants.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "balance/memory_limits.h"
#include "balance/tuning.h"

namespace openmosix::balance::simulator {
namespace {

/// A node may be idle for so long beside one with waiting processes: the age of what is known, the residency of what
/// came there last, the pauses of targets that refused, and a round.
constexpr Instant max_idle_time = tuning::max_age_for_decision + tuning::residency + 2 * tuning::target_pause +
                                  tuning::decision_interval + std::chrono::seconds(5);

bool is_order(MovePurpose purpose) {
    return purpose == MovePurpose::expel || purpose == MovePurpose::bring;
}

}  // namespace

Invariants::Invariants(VirtualCluster& cluster) : cluster_(cluster) {
    cluster_.on_move([this](const MoveEvent& event) { see(event); });
    cluster_.on_event([this] { check(); });
}

void Invariants::see(const MoveEvent& event) {
    switch (event.step) {
        case MoveEvent::Step::admitted:
            if (cluster_.under_way_to(event.to) > tuning::max_reservations && !is_order(event.purpose)) {
                violate("more are under way to node " + std::to_string(event.to) + " than it may admit");
            }
            check_return(event);
            check_excluded(event);
            break;
        case MoveEvent::Step::departed:
            check_residency(event);
            if (event.purpose != MovePurpose::start) {
                left_[event.job->pid][event.from] = {.pace = event.job->former.front().pace, .when = cluster_.now()};
            }
            break;
        case MoveEvent::Step::arrived:
            last_arrival_[event.job->pid] = cluster_.now();
            break;
    }
}

void Invariants::check_residency(const MoveEvent& event) {
    const auto last = last_arrival_.find(event.job->pid);
    if (last == last_arrival_.end() || is_order(event.purpose)) {
        return;
    }
    const Instant residency = is_urgent(event.purpose) ? tuning::urgent_residency : tuning::residency;
    if (cluster_.now() - last->second < residency) {
        violate("process " + std::to_string(event.job->pid) + " moves again within its residency time");
    }
}

void Invariants::check_return(const MoveEvent& event) {
    if (event.purpose != MovePurpose::balance) {
        return;
    }
    const double pace_there = cluster_.node(event.to).pace_with(1);
    for (const auto& [node, left] : left_[event.job->pid]) {
        const bool is_lately = cluster_.now() - left.when < tuning::return_memory;
        // What is already admitted and under way was not there when it was left; it is the target that decides.
        if (node == event.to && is_lately && pace_there < left.pace) {
            violate("process " + std::to_string(event.job->pid) + " goes back to node " + std::to_string(event.to) +
                    ", where its pace would be " + std::to_string(pace_there) + ", when it left it was " +
                    std::to_string(left.pace));
        }
    }
}

void Invariants::check_excluded(const MoveEvent& event) {
    const JobSpec& spec = event.job->spec;
    const bool may_move = spec.lock == MoveLock::unlocked && spec.kind == ProcessKind::ordinary && spec.user != 0 &&
                          spec.command != "excluded";
    if (!may_move && !is_order(event.purpose)) {
        violate("process " + std::to_string(event.job->pid) + " (" + spec.command + ") must not move by itself");
    }
}

void Invariants::check() {
    if (cluster_.now() < next_check_) {
        return;
    }
    constexpr Instant interval = std::chrono::milliseconds(500);
    next_check_ = cluster_.now() + interval;
    check_places();
    check_idleness();
}

void Invariants::check_places() {
    std::map<pid_t, int> places;
    for (NodeId id = 1; id <= cluster_.node_count(); ++id) {
        const VirtualNode& node = cluster_.node(id);
        for (const Job* job : node.jobs()) {
            ++places[job->pid];
            if (node.power != Power::running) {
                violate("process " + std::to_string(job->pid) + " runs on a node that is off");
            }
        }
    }
    for (const auto& job : cluster_.jobs()) {
        const int wanted = job->state == JobState::running ? 1 : 0;
        const auto found = places.find(job->pid);
        if ((found == places.end() ? 0 : found->second) != wanted) {
            violate("process " + std::to_string(job->pid) + " is not in one place");
        }
    }
}

void Invariants::check_idleness() {
    for (NodeId idle = 1; idle <= cluster_.node_count(); ++idle) {
        for (NodeId busy = 1; busy <= cluster_.node_count(); ++busy) {
            const std::pair key(idle, busy);
            if (idle == busy || !is_idle(idle) || waiting_for(busy, idle) < 2) {
                idle_since_.erase(key);
                continue;
            }
            const auto [since, is_new] = idle_since_.try_emplace(key, cluster_.now());
            if (cluster_.now() - since->second > max_idle_time) {
                violate("node " + std::to_string(idle) + " is idle while processes wait on node " +
                        std::to_string(busy));
                since->second = cluster_.now();
            }
        }
    }
}

bool Invariants::is_idle(NodeId id) const {
    const VirtualNode& node = cluster_.node(id);
    return node.power == Power::running && node.jobs().empty() && cluster_.under_way_to(id) == 0 &&
           node.user == OwnUser::absent && node.policies == NodePolicies() &&
           std::ranges::find(excepted_, id) == excepted_.end();
}

std::size_t Invariants::waiting_for(NodeId busy, NodeId idle) const {
    const VirtualNode& source = cluster_.node(busy);
    const VirtualNode& target = cluster_.node(idle);
    if (source.power != Power::running || source.policies != NodePolicies()) {
        return 0;
    }
    // Those that would surely gain: with few calls and little memory, at no slower node.
    const double pace_here = source.pace_with(0);
    const double pace_there = target.pace_with(1);
    constexpr double clear_gain = 1.5;
    if (pace_there < clear_gain * pace_here) {
        return 0;
    }
    std::size_t movable = 0;
    for (const Job* job : source.jobs()) {
        constexpr double few_calls = 200;
        const bool is_free = job->spec.lock == MoveLock::unlocked && job->spec.kind == ProcessKind::ordinary &&
                             job->spec.user != 0 && job->spec.command != "excluded";
        const bool has_stayed = !job->arrived || cluster_.now() - *job->arrived > tuning::residency;
        const bool is_return =
            std::ranges::any_of(job->former, [idle](const FormerNode& former) { return former.node == idle; });
        const bool has_room = has_memory_for(target.state(cluster_.now()), 4 * job->spec.pages);
        const bool is_old = job->processor_seconds > 2;
        // The program waits for its memory for a share of the time in which this follows it.
        const double transfer = static_cast<double>(job->spec.pages) * page_size / cluster_.conditions().bandwidth;
        constexpr double small_share = 0.25;
        const bool is_cheap = tuning::stall_share * transfer < small_share * job->processor_seconds;
        movable += is_free && has_stayed && !is_return && has_room && is_old && is_cheap &&
                           job->spec.calls_per_work < few_calls
                       ? 1U
                       : 0U;
    }
    return movable;
}

void Invariants::violate(const std::string& text) {
    std::array<char, 32> time{};
    std::snprintf(time.data(), time.size(), "%9.3f ", to_seconds(cluster_.now()));
    violations_.push_back(time.data() + text);
}

}  // namespace openmosix::balance::simulator
