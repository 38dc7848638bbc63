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

namespace {

/// Prints bars and remembers whether all are met.
class Bars {
public:
    void check(const std::string& trial, const char* name, double value, double limit) {
        const bool is_met = value <= limit;
        are_all_met_ = are_all_met_ && is_met;
        std::printf("{\"bar\": \"%s\", \"workload\": \"%s\", \"value\": %.3f, \"limit\": %.3f, \"met\": %s}\n", name,
                    trial.c_str(), value, limit, is_met ? "true" : "false");
    }
    [[nodiscard]] bool are_all_met() const { return are_all_met_; }

private:
    bool are_all_met_ = true;
};

/// Means of what is a mean, sums of counts, and the worst of what has a bar for each run.
void add(TrialResult& all, const TrialResult& result, double seeds) {
    all.jobs += result.jobs;
    all.unfinished += result.unfinished;
    all.mean_slowdown += result.mean_slowdown / seeds;
    all.makespan += result.makespan / seeds;
    all.moves += result.moves;
    all.placements += result.placements;
    all.first_move = std::max(all.first_move, result.first_move);
    all.balanced = std::max(all.balanced, result.balanced);
    all.moves_after_balance = std::max(all.moves_after_balance, result.moves_after_balance);
}

void print(const std::string& trial, const char* policy, const TrialResult& result) {
    std::printf(
        "{\"workload\": \"%s\", \"policy\": \"%s\", \"jobs\": %zu, \"unfinished\": %zu, \"mean_slowdown\": %.3f, "
        "\"makespan_seconds\": %.2f, \"moves\": %zu, \"placements\": %zu}\n",
        trial.c_str(), policy, result.jobs, result.unfinished, result.mean_slowdown, result.makespan, result.moves,
        result.placements);
}

void check_bars(Bars& bars, const std::string& name, const std::map<Policy, TrialResult>& results, double makespan) {
    const TrialResult& ours = results.at(Policy::ours);
    const TrialResult& none = results.at(Policy::none);
    const auto slowdown = [&results](Policy policy) { return results.at(policy).mean_slowdown; };
    bars.check(name, "mean slowdown, best simple policy", ours.mean_slowdown,
               std::min({slowdown(Policy::none), slowdown(Policy::random_start), slowdown(Policy::threshold)}));
    if (name == "pareto" || name == "pareto-unplaced") {
        bars.check(name, "mean slowdown, 0.6 of none", ours.mean_slowdown, 0.6 * none.mean_slowdown);
    }
    if (name == "equal" || name == "equal-unplaced") {
        bars.check(name, "makespan, 1.05 of ideal", ours.makespan, 1.05 * makespan);
    }
    if (name == "equal-unplaced" || name == "steady") {
        bars.check(name, "seconds to first move", ours.first_move, 2);
        bars.check(name, "seconds to balance", ours.balanced, 10);
    }
    if (name == "steady") {
        bars.check(name, "moves in 10 min of balance", static_cast<double>(ours.moves_after_balance), 1);
    }
}

}  // namespace

bool compare(std::uint64_t first_seed, std::uint64_t count) {
    Bars bars;
    const auto seeds = static_cast<double>(count);
    for (const char* name : trial_names) {
        std::map<Policy, TrialResult> results;
        OfflineBound bound;
        double clairvoyant = 0;
        for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
            const Trial trial = make_trial(name, seed);
            bound.mean_slowdown += offline_bound(trial).mean_slowdown / seeds;
            bound.makespan += offline_bound(trial).makespan / seeds;
            clairvoyant += clairvoyant_slowdown(trial) / seeds;
            for (const Policy policy : all_policies) {
                add(results[policy], run_trial(trial, policy, seed), seeds);
            }
        }
        for (const auto& [policy, result] : results) {
            print(name, to_text(policy), result);
        }
        std::printf(
            "{\"workload\": \"%s\", \"policy\": \"offline-bound\", \"mean_slowdown\": %.3f, "
            "\"makespan_seconds\": %.2f, \"clairvoyant_mean_slowdown\": %.3f}\n",
            name, bound.mean_slowdown, bound.makespan, clairvoyant);
        check_bars(bars, name, results, bound.makespan);
    }
    return bars.are_all_met();
}

}  // namespace openmosix::balance::simulator
