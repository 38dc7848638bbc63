// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/simulator/virtual_node.h"

#include <algorithm>
#include <cmath>

#include "balance/pace.h"
#include "balance/plausibility.h"
#include "balance/tuning.h"

namespace openmosix::balance::simulator {
namespace {

/// A job with less is at its end.
constexpr double rest_of_rounding = 1e-7;

}  // namespace

NodeState initial_state(NodeId id, const NodeSetup& setup) {
    NodeState state;
    state.node = id;
    state.speed = setup.speed;
    state.processors = setup.processors;
    state.total_pages = setup.total_pages;
    state.free_pages = setup.total_pages;
    return state;
}

VirtualNode::VirtualNode(NodeId id, const NodeSetup& setup, const NetworkConditions& conditions, std::uint64_t seed)
    : gossip(id, static_cast<std::uint32_t>(seed >> 32U), seed), planner(id, seed + 1), id_(id), setup_(setup),
      conditions_(conditions) {}

void VirtualNode::advance(Instant now) {
    const double seconds = to_seconds(now - advanced_);
    advanced_ = now;
    const double share = processor_share(setup_.processors, static_cast<double>(jobs_.size()));
    for (Job* job : jobs_) {
        job->work_left -= job->rate * seconds;
        job->processor_seconds += share * seconds;
        if (job->work_left < rest_of_rounding) {
            job->work_left = 0;
        }
    }
}

void VirtualNode::add(Instant now, Job& job) {
    jobs_.push_back(&job);
    job.node = id_;
    job.state = JobState::running;
    load.sample(now, static_cast<double>(jobs_.size()));
}

void VirtualNode::remove(Instant now, Job& job) {
    std::erase(jobs_, &job);
    load.sample(now, static_cast<double>(jobs_.size()));
}

void VirtualNode::set_rates(Instant now) {
    ++version;
    const auto used = static_cast<double>(used_pages());
    const double total = setup_.total_pages;
    // Thrashing: each page too many costs far more than its share.
    constexpr double steepness = 6;
    constexpr double min_factor = 0.02;
    const double memory_factor = used > total ? std::max(std::pow(total / used, steepness), min_factor) : 1;
    for (Job* job : jobs_) {
        job->rate = rate_of(now, *job, memory_factor);
    }
}

double VirtualNode::rate_of(Instant now, const Job& job, double memory_factor) const {
    double rate = pace_with(0) * memory_factor;
    if (job.spec.home != id_) {
        const double waiting = job.spec.calls_per_work * to_seconds(conditions_.call_latency) +
                               job.spec.call_bytes_per_work / conditions_.bandwidth;
        rate = 1 / (1 / rate + waiting);
    }
    return now < job.memory_complete ? rate * (1 - conditions_.stall) : rate;
}

double VirtualNode::pace_with(double more) const {
    return pace(initial_state(id_, setup_), static_cast<double>(jobs_.size()) + more);
}

std::optional<Instant> VirtualNode::next_change(Instant now) const {
    std::optional<Instant> next;
    for (const Job* job : jobs_) {
        Instant time = now + from_seconds(job->work_left / job->rate);
        if (now < job->memory_complete) {
            time = std::min(time, job->memory_complete);
        }
        next = std::min(next.value_or(time), time);
    }
    return next;
}

std::uint64_t VirtualNode::used_pages() const {
    std::uint64_t pages = 0;
    for (const Job* job : jobs_) {
        pages += job->spec.pages;
    }
    return pages;
}

NodeState VirtualNode::state(Instant now) const {
    NodeState state = initial_state(id_, setup_);
    state.free_pages =
        static_cast<std::uint32_t>(setup_.total_pages - std::min<std::uint64_t>(used_pages(), setup_.total_pages));
    state.runnable_hundredths = to_hundredths(std::max(load.value(now), static_cast<double>(jobs_.size())));
    state.guests = static_cast<std::uint16_t>(
        std::ranges::count_if(jobs_, [this](const Job* job) { return job->spec.home != id_; }));
    state.user = user;
    state.policies = policies;
    return state;
}

NodeState VirtualNode::reported(Instant now) const {
    if (setup_.lie) {
        return *setup_.lie;
    }
    NodeState own = state(now);
    own.runnable_hundredths = to_hundredths(load.value(now));
    return admission.with_reservations(own);
}

Situation VirtualNode::situation(Instant now) const {
    const Instant local = local_time(now);
    return {.now = local,
            .own = admission.with_reservations(state(now)),
            .others = gossip.view().known(local, tuning::max_age_for_decision)};
}

std::vector<ProcessState> VirtualNode::processes() const {
    std::vector<ProcessState> result;
    result.reserve(jobs_.size());
    for (const Job* job : jobs_) {
        result.push_back(process_of(*job));
    }
    return result;
}

ProcessState VirtualNode::process_of(const Job& job) const {
    const double ratio = static_cast<double>(setup_.speed) / standard_speed;
    ProcessState process;
    process.id = {.home = job.spec.home, .pid = job.pid};
    process.command = job.spec.command;
    process.user = job.spec.user;
    process.kind = job.spec.kind;
    process.lock = job.spec.lock;
    process.processor_time = from_seconds(job.processor_seconds);
    process.pages = job.spec.pages;
    process.calls_per_second = job.spec.calls_per_work * ratio;
    process.call_bytes_per_second = job.spec.call_bytes_per_work * ratio;
    process.former = job.former;
    if (job.arrived) {
        process.arrived = local_time(*job.arrived);
    }
    for (FormerNode& former : process.former) {
        former.left = local_time(former.left);
    }
    return process;
}

}  // namespace openmosix::balance::simulator
