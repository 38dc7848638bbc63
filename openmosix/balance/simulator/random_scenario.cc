// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/simulator/random_scenario.h"

#include <algorithm>
#include <array>

#include "balance/simulator/invariants.h"
#include "balance/simulator/virtual_cluster.h"
#include "balance/simulator/workload.h"

namespace openmosix::balance::simulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

NetworkConditions random_conditions(clusterdisc::Random& random) {
    constexpr std::array<double, 4> losses = {0, 0, 0.02, 0.1};
    constexpr std::array<double, 3> bandwidths = {1e6, 11e6, 110e6};
    NetworkConditions conditions;
    conditions.loss = losses.at(static_cast<std::size_t>(random.below(losses.size())));
    conditions.bandwidth = bandwidths.at(static_cast<std::size_t>(random.below(bandwidths.size())));
    conditions.max_delay = random.chance(0.2) ? milliseconds(20) : milliseconds(1);
    conditions.freeze = milliseconds(5 + random.below(50));
    conditions.call_latency = std::chrono::microseconds(50 + random.below(400));
    return conditions;
}

/// One seed's choices.
class Scenario {
public:
    explicit Scenario(std::uint64_t seed)
        : random_(seed), cluster_(random_.next(), Policy::ours, random_conditions(random_)), invariants_(cluster_) {}

    std::vector<std::string> run() {
        add_nodes();
        for (NodeId node = 1; node <= cluster_.node_count(); ++node) {
            cluster_.set_selection(node, selection());
        }
        const Instant end = seconds(60 + static_cast<std::int64_t>(random_.below(60)));
        const bool is_disturbed = random_.chance(0.7);
        while (cluster_.now() < end) {
            cluster_.run_until(cluster_.now() + milliseconds(random_.below(8000)));
            if (random_.chance(0.5)) {
                add_jobs();
            }
            if (is_disturbed) {
                disturb();
            }
        }
        cluster_.run_until(cluster_.now() + seconds(40));
        check_lost();
        return violations_of_all();
    }

private:
    static Selection selection() {
        Selection selection;
        selection.excluded.commands = {"exclu*"};
        return selection;
    }

    void add_nodes() {
        const std::size_t nodes = random_.chance(0.02) ? 40 : 2 + pick(11);
        constexpr std::array<std::uint32_t, 5> speeds = {300, 4000, 10'000, 10'000, 80'000};
        const bool is_mixed = random_.chance(0.5);
        for (std::size_t number = 0; number < nodes; ++number) {
            NodeSetup setup;
            setup.speed = is_mixed ? speeds.at(pick(speeds.size())) : standard_speed;
            setup.processors.cores = static_cast<std::uint16_t>(1 + pick(is_mixed ? 4 : 1));
            setup.processors.threads = static_cast<std::uint16_t>(setup.processors.cores * (1 + pick(2)));
            setup.total_pages = static_cast<std::uint32_t>(64U << pick(4)) * pages_of_mebibyte;
            setup.clock_offset = seconds(random_.below(1U << 30U));
            if (random_.chance(0.03)) {
                setup.lie = lie(static_cast<NodeId>(number + 1), setup);
                invariants_.except(static_cast<NodeId>(number + 1));
            }
            cluster_.add_node(setup);
        }
    }

    NodeState lie(NodeId id, const NodeSetup& setup) {
        NodeState state = initial_state(id, setup);
        state.speed = random_.chance(0.5) ? max_speed : 0;
        state.free_pages = random_.chance(0.5) ? 0xffffffffU : state.free_pages;
        state.runnable_hundredths = random_.chance(0.5) ? 0 : 0xffffffffU;
        return state;
    }

    void add_jobs() {
        Workload workload;
        const NodeId home = any_node();
        const std::size_t count = 1 + pick(8);
        const std::size_t kind = pick(5);
        if (kind == 0) {
            workload.parallel.push_back(1 + pick(4));
        }
        for (std::size_t number = 0; number < count; ++number) {
            JobSpec job{.start = milliseconds(random_.below(2000)), .home = home};
            job.work = pareto_lifetime(random_, 100) + (random_.chance(0.3) ? 20 : 0);
            job.pages = static_cast<std::uint32_t>(64 + random_.below(std::uint64_t{8} * pages_of_mebibyte));
            job.calls_per_work = static_cast<double>(random_.below(100));
            job.started_by = random_.chance(0.5) ? StartedBy::mosrun : StartedBy::shell;
            if (kind == 0) {
                job.group = 1;
                job.command = "cc1";
            } else if (kind == 1) {
                job.pages = static_cast<std::uint32_t>(16 + random_.below(64)) * pages_of_mebibyte;
                job.command = "hog";
            } else if (kind == 2) {
                job.calls_per_work = static_cast<double>(random_.below(50'000));
                job.command = "find";
            }
            forbid_some(job);
            workload.jobs.push_back(job);
        }
        cluster_.add_workload(workload);
    }

    void forbid_some(JobSpec& job) {
        switch (pick(20)) {
            case 0:
                job.lock = MoveLock::locked;
                break;
            case 1:
                job.kind = ProcessKind::system_service;
                break;
            case 2:
                job.kind = ProcessKind::interactive;
                break;
            case 3:
                job.user = 0;
                break;
            case 4:
                job.command = "excluded";
                break;
            default:
                break;
        }
    }

    void disturb() {
        const NodeId node = any_node();
        const bool is_running = cluster_.node(node).power == Power::running;
        invariants_.disturbed();
        switch (pick(8)) {
            case 0:
                if (is_running && random_.chance(0.3)) {
                    cluster_.crash(node);
                    has_crashed_ = true;
                }
                break;
            case 1:
                if (!is_running) {
                    cluster_.join(node);
                    cluster_.set_selection(node, selection());
                }
                break;
            case 2:
                if (is_running && !cluster_.leaving()) {
                    cluster_.leave(node);
                    has_left_ = true;
                }
                break;
            case 3:
                cluster_.set_user(node, OwnUser::present);
                break;
            case 4:
                command(node);
                break;
            default:
                cluster_.set_user(node, OwnUser::absent);
                if (cluster_.leaving() != node) {
                    cluster_.set_policies(node, {});
                }
                break;
        }
    }

    void command(NodeId node) {
        constexpr std::array<NodePolicy, 6> policies = {NodePolicy::block, NodePolicy::stay,  NodePolicy::lstay,
                                                        NodePolicy::quiet, NodePolicy::expel, NodePolicy::bring};
        if (cluster_.leaving() != node) {
            cluster_.set_policies(node, {policies.at(pick(policies.size()))});
        }
    }

    /// What crashed takes its own with it; without crashes only what was at home on a node that left ends with it.
    void check_lost() {
        if (has_crashed_) {
            return;
        }
        for (const auto& job : cluster_.jobs()) {
            const bool has_home_left = cluster_.node(job->spec.home).power == Power::off;
            if (job->state == JobState::lost && !has_left_) {
                lost_.push_back("process " + std::to_string(job->pid) + " is lost");
            } else if (job->state == JobState::lost && job->node != job->spec.home && !has_home_left) {
                lost_.push_back("process " + std::to_string(job->pid) + " is lost with a node that left");
            }
        }
    }

    std::vector<std::string> violations_of_all() {
        std::vector<std::string> all = invariants_.violations();
        all.insert(all.end(), lost_.begin(), lost_.end());
        return all;
    }

    NodeId any_node() { return static_cast<NodeId>(1 + pick(cluster_.node_count())); }
    std::size_t pick(std::size_t end) { return static_cast<std::size_t>(random_.below(end)); }

    clusterdisc::Random random_;
    VirtualCluster cluster_;
    Invariants invariants_;
    bool has_crashed_ = false;
    bool has_left_ = false;
    std::vector<std::string> lost_;
};

}  // namespace

std::vector<std::string> run_random_scenario(std::uint64_t seed) {
    return Scenario(seed).run();
}

}  // namespace openmosix::balance::simulator
