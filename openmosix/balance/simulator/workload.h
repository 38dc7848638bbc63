// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "balance/simulator/virtual_node.h"
#include "common/random.h"

namespace openmosix::balance::simulator {

/// A cluster and what is run on it.
struct Trial {
    std::string name;
    std::vector<NodeSetup> nodes;
    NetworkConditions conditions;
    Workload workload;
    /// Jobs that run longer are cut off, and the run with them.
    Instant end{};
};

/// 12 jobs of 20 s on the first of 4 equal nodes.
Trial equal_jobs(StartedBy started_by);
/// The same with jobs that run for so long that they stay balanced for more than ten minutes.
Trial steady_jobs();
/// Eight nodes, of which some have busy users: programs come at random times (Poisson), and live as Harchol-Balter and
/// Downey found: P(L > t) = 0.1 s / t from 0.1 s on, here up to 200 s.
Trial pareto_jobs(std::uint64_t seed, StartedBy started_by);
/// The same on nodes of three speeds.
Trial pareto_jobs_on_mixed_nodes(std::uint64_t seed);
/// Two users of eight nodes run make -j 8: 120 compilers each, with many calls.
Trial make_trees(std::uint64_t seed);
/// Jobs that need half of a node's memory each, four on each of two of eight nodes.
Trial memory_hogs(std::uint64_t seed);
/// Jobs that make so many calls that they are slower away than at home when that has two of them, and some that
/// compute.
Trial call_heavy_jobs(std::uint64_t seed);

/// All of them, by name. In those with "unplaced" nobody is asked before a program starts. Throws std::invalid_argument
/// for another name.
Trial make_trial(const std::string& name, std::uint64_t seed);
inline constexpr const char* trial_names[] = {"equal", "equal-unplaced", "steady", "pareto", "pareto-unplaced",
                                              "mixed", "make",           "memory", "calls"};

/// A lifetime of the distribution above, between 0.1 s and `max`, in seconds.
double pareto_lifetime(clusterdisc::Random& random, double max);
/// The time between two events that come at random, `mean` apart.
double exponential(clusterdisc::Random& random, double mean);

}  // namespace openmosix::balance::simulator
