// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/simulator/comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <vector>

#include "balance/simulator/virtual_cluster.h"

namespace openmosix::balance::simulator {
namespace {

double pace_at_home(const Trial& trial, const JobSpec& job) {
    return static_cast<double>(trial.nodes.at(job.home - std::size_t{1}).speed) / standard_speed;
}

double fastest_pace(const Trial& trial) {
    return static_cast<double>(std::ranges::max(trial.nodes, {}, &NodeSetup::speed).speed) / standard_speed;
}

/// True if all nodes have as many processes as their share, to within 15 % or what a whole process makes.
bool is_balanced(const VirtualCluster& cluster) {
    double jobs = 0;
    double ability = 0;
    for (NodeId id = 1; id <= cluster.node_count(); ++id) {
        const VirtualNode& node = cluster.node(id);
        jobs += static_cast<double>(node.jobs().size());
        ability += capacity(node.setup().processors) * node.setup().speed;
    }
    for (NodeId id = 1; id <= cluster.node_count(); ++id) {
        const VirtualNode& node = cluster.node(id);
        const double wanted = jobs * capacity(node.setup().processors) * node.setup().speed / ability;
        constexpr double tolerance = 0.15;
        const double difference = std::abs(static_cast<double>(node.jobs().size()) - wanted);
        if (difference >= std::max(tolerance * wanted, 1.0)) {
            return false;
        }
    }
    return true;
}

Instant first_start(const Trial& trial) {
    return std::ranges::min(trial.workload.jobs, {}, &JobSpec::start).start;
}

}  // namespace

TrialResult run_trial(const Trial& trial, Policy policy, std::uint64_t seed) {
    VirtualCluster cluster(seed, policy, trial.conditions);
    for (const NodeSetup& node : trial.nodes) {
        cluster.add_node(node);
    }
    cluster.add_workload(trial.workload);
    const Instant start = first_start(trial);
    TrialResult result;
    Instant balanced{-1};
    cluster.on_move([&](const MoveEvent& event) {
        if (event.step != MoveEvent::Step::arrived) {
            return;
        }
        const bool is_placement = event.purpose == MovePurpose::start;
        ++(is_placement ? result.placements : result.moves);
        if (result.first_move < 0) {
            result.first_move = to_seconds(cluster.now() - start);
        }
        constexpr Instant quiet_time = std::chrono::minutes(10);
        if (!is_placement && balanced >= Instant::zero() && cluster.now() - balanced < quiet_time) {
            ++result.moves_after_balance;
        }
    });
    cluster.on_event([&] {
        if (balanced < Instant::zero() && cluster.now() > start + std::chrono::milliseconds(500) &&
            is_balanced(cluster)) {
            balanced = cluster.now();
            result.balanced = to_seconds(balanced - start);
        }
    });
    cluster.run_to_completion(trial.end);
    Instant end{};
    double slowdowns = 0;
    for (const auto& job : cluster.jobs()) {
        if (job->state != JobState::ended) {
            ++result.unfinished;
            continue;
        }
        ++result.jobs;
        slowdowns += to_seconds(job->ended - job->started) * pace_at_home(trial, job->spec) / job->spec.work;
        end = std::max(end, job->ended);
    }
    result.mean_slowdown = slowdowns / static_cast<double>(std::max<std::size_t>(result.jobs, 1));
    result.makespan = to_seconds(end - start);
    return result;
}

OfflineBound offline_bound(const Trial& trial) {
    double ability = 0;
    for (const NodeSetup& node : trial.nodes) {
        ability += capacity(node.processors) * node.speed / standard_speed;
    }
    const double fastest = fastest_pace(trial);
    double work = 0;
    double longest = 0;
    double slowdowns = 0;
    for (const JobSpec& job : trial.workload.jobs) {
        work += job.work;
        longest = std::max(longest, job.work / fastest);
        slowdowns += pace_at_home(trial, job) / fastest;
    }
    const auto jobs = static_cast<double>(trial.workload.jobs.size());
    return {.mean_slowdown = slowdowns / jobs, .makespan = std::max(work / ability, longest)};
}

double clairvoyant_slowdown(const Trial& trial) {
    if (!trial.workload.parallel.empty()) {
        // When the jobs of a group start depends on the schedule.
        return -1;
    }
    std::vector<double> processors;
    for (const NodeSetup& node : trial.nodes) {
        processors.insert(processors.end(), node.processors.cores, static_cast<double>(node.speed) / standard_speed);
    }
    std::ranges::sort(processors, std::ranges::greater());
    struct Open {
        const JobSpec* job = nullptr;
        double left = 0;
    };
    std::vector<const JobSpec*> coming;
    for (const JobSpec& job : trial.workload.jobs) {
        coming.push_back(&job);
    }
    std::ranges::sort(coming, {}, &JobSpec::start);
    std::vector<Open> open;
    double slowdowns = 0;
    double now = 0;
    for (std::size_t next = 0; next < coming.size() || !open.empty();) {
        // By what is left times the whole: short jobs that are nearly done come first.
        std::ranges::sort(open, {}, [](const Open& item) { return item.left * item.job->work; });
        double step = next < coming.size() ? to_seconds(coming[next]->start) - now : INFINITY;
        const std::size_t running = std::min(open.size(), processors.size());
        for (std::size_t index = 0; index < running; ++index) {
            step = std::min(step, open[index].left / processors[index]);
        }
        now += step;
        for (std::size_t index = 0; index < running; ++index) {
            open[index].left -= step * processors[index];
        }
        std::erase_if(open, [&](const Open& item) {
            constexpr double rest_of_rounding = 1e-9;
            if (item.left > rest_of_rounding) {
                return false;
            }
            slowdowns += (now - to_seconds(item.job->start)) * pace_at_home(trial, *item.job) / item.job->work;
            return true;
        });
        while (next < coming.size() && to_seconds(coming[next]->start) <= now) {
            open.push_back({.job = coming[next], .left = coming[next]->work});
            ++next;
        }
    }
    return slowdowns / static_cast<double>(coming.size());
}

bool compare(std::uint64_t first_seed, std::uint64_t count) {
    bool are_all_met = true;
    const auto bar = [&are_all_met](const char* trial, const char* name, double value, double limit) {
        const bool is_met = value <= limit;
        are_all_met = are_all_met && is_met;
        std::printf("{\"bar\": \"%s\", \"workload\": \"%s\", \"value\": %.3f, \"limit\": %.3f, \"met\": %s}\n", name,
                    trial, value, limit, is_met ? "true" : "false");
    };
    for (const char* name : trial_names) {
        std::map<Policy, TrialResult> sums;
        OfflineBound bound;
        double clairvoyant = 0;
        const auto seeds = static_cast<double>(count);
        for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
            const Trial trial = make_trial(name, seed);
            bound.mean_slowdown += offline_bound(trial).mean_slowdown / seeds;
            bound.makespan += offline_bound(trial).makespan / seeds;
            clairvoyant += clairvoyant_slowdown(trial) / seeds;
            for (const Policy policy : all_policies) {
                const TrialResult result = run_trial(trial, policy, seed);
                TrialResult& sum = sums[policy];
                sum.jobs += result.jobs;
                sum.unfinished += result.unfinished;
                sum.mean_slowdown += result.mean_slowdown / seeds;
                sum.makespan += result.makespan / seeds;
                sum.moves += result.moves;
                sum.placements += result.placements;
                sum.first_move = std::max(sum.first_move, result.first_move);
                sum.balanced = std::max(sum.balanced, result.balanced);
                sum.moves_after_balance = std::max(sum.moves_after_balance, result.moves_after_balance);
            }
        }
        for (const Policy policy : all_policies) {
            const TrialResult& sum = sums[policy];
            std::printf(
                "{\"workload\": \"%s\", \"policy\": \"%s\", \"seeds\": %.0f, \"jobs\": %zu, \"unfinished\": %zu, "
                "\"mean_slowdown\": %.3f, \"makespan_seconds\": %.2f, \"moves\": %zu, \"placements\": %zu}\n",
                name, to_text(policy), seeds, sum.jobs, sum.unfinished, sum.mean_slowdown, sum.makespan, sum.moves,
                sum.placements);
        }
        std::printf(
            "{\"workload\": \"%s\", \"policy\": \"offline-bound\", \"mean_slowdown\": %.3f, "
            "\"makespan_seconds\": %.2f, \"clairvoyant_mean_slowdown\": %.3f}\n",
            name, bound.mean_slowdown, bound.makespan, clairvoyant);
        const double ours = sums[Policy::ours].mean_slowdown;
        const double best = std::min({sums[Policy::none].mean_slowdown, sums[Policy::random_start].mean_slowdown,
                                      sums[Policy::threshold].mean_slowdown});
        bar(name, "mean slowdown, best simple policy", ours, best);
        if (name == std::string("pareto")) {
            bar(name, "mean slowdown, 0.6 of none", ours, 0.6 * sums[Policy::none].mean_slowdown);
        }
        if (name == std::string("equal")) {
            bar(name, "makespan, 1.05 of ideal", sums[Policy::ours].makespan, 1.05 * bound.makespan);
        }
    }
    return are_all_met;
}

}  // namespace openmosix::balance::simulator
