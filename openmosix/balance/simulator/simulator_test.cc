// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include "balance/simulator/comparison.h"
#include "balance/simulator/gossip_cost.h"
#include "balance/simulator/random_scenario.h"
#include "balance/simulator/virtual_cluster.h"

namespace openmosix::balance::simulator {
namespace simulator_test {
namespace {

using std::chrono::seconds;

JobSpec job(NodeId home, double work) {
    JobSpec spec;
    spec.home = home;
    spec.work = work;
    spec.started_by = StartedBy::shell;
    return spec;
}

TEST(VirtualClusters, ShareProcessorsFairly) {
    VirtualCluster cluster(1, Policy::none, {});
    cluster.add_node({.processors = {}, .lie = {}});
    cluster.add_workload({.name = {}, .jobs = {job(1, 1), job(1, 2)}, .parallel = {}});
    cluster.run_to_completion(seconds(10));
    EXPECT_NEAR(to_seconds(cluster.jobs()[0]->ended), 2, 1e-3);
    EXPECT_NEAR(to_seconds(cluster.jobs()[1]->ended), 3, 1e-3);
    EXPECT_NEAR(cluster.jobs()[1]->processor_seconds, 2, 1e-3);
}

TEST(VirtualClusters, RunGroupsAsMakeDoes) {
    VirtualCluster cluster(1, Policy::none, {});
    cluster.add_node({.processors = {.cores = 4, .threads = 4}, .lie = {}});
    Workload workload;
    workload.parallel = {2};
    workload.jobs.assign(6, job(1, 1));
    for (JobSpec& spec : workload.jobs) {
        spec.group = 1;
    }
    cluster.add_workload(workload);
    cluster.run_to_completion(seconds(10));
    EXPECT_NEAR(to_seconds(cluster.jobs()[5]->ended), 3, 1e-3);
}

TEST(VirtualClusters, MoveWhatWaitsToIdleNodes) {
    VirtualCluster cluster(1, Policy::ours, {});
    cluster.add_node({.processors = {}, .lie = {}});
    cluster.add_node({.processors = {}, .lie = {}});
    cluster.add_workload({.name = {}, .jobs = {job(1, 20), job(1, 20)}, .parallel = {}});
    cluster.run_until(seconds(10));
    EXPECT_EQ(cluster.node(1).jobs().size(), 1U);
    EXPECT_EQ(cluster.node(2).jobs().size(), 1U);
    EXPECT_EQ(cluster.jobs()[0]->moves + cluster.jobs()[1]->moves, 1U);
}

TEST(VirtualClusters, LoseNoGuestWhenANodeLeaves) {
    VirtualCluster cluster(1, Policy::ours, {});
    cluster.add_node({.processors = {}, .lie = {}});
    cluster.add_node({.processors = {}, .lie = {}});
    cluster.add_workload({.name = {}, .jobs = {job(1, 20), job(1, 20)}, .parallel = {}});
    cluster.run_until(seconds(10));
    cluster.leave(2);
    cluster.run_until(seconds(20));
    EXPECT_EQ(cluster.node(2).power, Power::off);
    EXPECT_EQ(cluster.node(1).jobs().size(), 2U);
}

TEST(Trials, MeetTheBarsOfTwelveEqualJobs) {
    for (const StartedBy started_by : {StartedBy::mosrun, StartedBy::shell}) {
        const Trial trial = equal_jobs(started_by);
        const TrialResult result = run_trial(trial, Policy::ours, 1);
        EXPECT_LE(result.makespan, 1.05 * offline_bound(trial).makespan);
        EXPECT_LE(result.first_move, 2);
        EXPECT_LE(result.balanced, 10);
    }
}

TEST(Trials, OfOneSeedAreEqual) {
    const Trial trial = call_heavy_jobs(3);
    EXPECT_EQ(run_trial(trial, Policy::ours, 3).mean_slowdown, run_trial(trial, Policy::ours, 3).mean_slowdown);
}

TEST(OfflineBounds, AreWhatNoScheduleBeats) {
    const OfflineBound bound = offline_bound(equal_jobs(StartedBy::shell));
    EXPECT_DOUBLE_EQ(bound.makespan, 60);
    EXPECT_DOUBLE_EQ(bound.mean_slowdown, 1);
    // Three after each other on each node: 1, 2 and 3 times as long as alone.
    EXPECT_NEAR(clairvoyant_slowdown(equal_jobs(StartedBy::shell)), 2, 1e-9);
}

TEST(RandomScenarios, KeepTheInvariants) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        EXPECT_THAT(run_random_scenario(seed), testing::IsEmpty()) << "seed " << seed;
    }
}

TEST(GossipCosts, DoNotGrowWithTheCluster) {
    const GossipCost small = measure_gossip_cost(20, 1);
    const GossipCost large = measure_gossip_cost(80, 1);
    EXPECT_LE(large.bytes_per_second, 1000);
    EXPECT_NEAR(small.bytes_per_second, large.bytes_per_second, 20);
    EXPECT_NEAR(small.known_nodes, 19, 0.5);
    EXPECT_GE(large.known_nodes, 30);
}

}  // namespace
}  // namespace simulator_test
}  // namespace openmosix::balance::simulator
