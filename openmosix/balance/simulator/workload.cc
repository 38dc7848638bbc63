// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/simulator/workload.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace openmosix::balance::simulator {
namespace {

constexpr std::size_t node_count = 8;

/// Above 0, up to 1.
double uniform(clusterdisc::Random& random) {
    constexpr double steps = 1U << 30U;
    return (static_cast<double>(random.below(1U << 30U)) + 1) / steps;
}

std::vector<NodeSetup> equal_nodes(std::size_t count) {
    return std::vector<NodeSetup>(count,
                                  NodeSetup{.processors = {}, .total_pages = 256 * pages_of_mebibyte, .lie = {}});
}

}  // namespace

double pareto_lifetime(clusterdisc::Random& random, double max) {
    constexpr double min = 0.1;
    // The distribution cut off at `max`, by inversion.
    const double rest = min / max;
    return min / (rest + uniform(random) * (1 - rest));
}

double exponential(clusterdisc::Random& random, double mean) {
    return -mean * std::log(uniform(random));
}

Trial equal_jobs(StartedBy started_by) {
    Trial trial{.name = "equal", .nodes = equal_nodes(4), .conditions = {}, .workload = {}, .end = {}};
    constexpr std::size_t jobs = 12;
    trial.workload.jobs.assign(jobs, JobSpec{.start = std::chrono::seconds(3), .work = 20, .started_by = started_by});
    trial.end = std::chrono::seconds(600);
    return trial;
}

Trial steady_jobs() {
    Trial trial = equal_jobs(StartedBy::shell);
    trial.name = "steady";
    for (JobSpec& job : trial.workload.jobs) {
        job.work = 300;
    }
    trial.end = std::chrono::seconds(4000);
    return trial;
}

Trial pareto_jobs(std::uint64_t seed, StartedBy started_by) {
    clusterdisc::Random random(seed);
    Trial trial{.name = "pareto", .nodes = equal_nodes(node_count), .conditions = {}, .workload = {}, .end = {}};
    // Three nodes have users who start far more than the other five.
    constexpr std::array<double, node_count> usage = {0.95, 0.8, 0.6, 0.2, 0.1, 0.1, 0.05, 0.05};
    constexpr double max_lifetime = 200;
    constexpr double seconds = 600;
    const double mean_lifetime = 0.1 * std::log(max_lifetime / 0.1);
    for (std::size_t node = 0; node < node_count; ++node) {
        const double pause = mean_lifetime / usage.at(node);
        double time = exponential(random, pause);
        while (time < seconds) {
            trial.workload.jobs.push_back({.start = from_seconds(time),
                                           .home = static_cast<NodeId>(node + 1),
                                           .work = pareto_lifetime(random, max_lifetime),
                                           .pages = static_cast<std::uint32_t>(256 + random.below(3840)),
                                           .calls_per_work = static_cast<double>(random.below(100)),
                                           .started_by = started_by});
            time += exponential(random, pause);
        }
    }
    trial.end = std::chrono::seconds(1800);
    return trial;
}

Trial pareto_jobs_on_mixed_nodes(std::uint64_t seed) {
    Trial trial = pareto_jobs(seed, StartedBy::mosrun);
    trial.name = "mixed";
    clusterdisc::Random random(seed + 1);
    constexpr std::array<std::uint32_t, 3> speeds = {standard_speed, 2 * standard_speed, 4 * standard_speed};
    for (NodeSetup& node : trial.nodes) {
        node.speed = speeds.at(static_cast<std::size_t>(random.below(speeds.size())));
    }
    return trial;
}

Trial make_trees(std::uint64_t seed) {
    clusterdisc::Random random(seed);
    Trial trial{.name = "make", .nodes = equal_nodes(node_count), .conditions = {}, .workload = {}, .end = {}};
    constexpr std::size_t compilers = 120;
    for (std::size_t user = 1; user <= 2; ++user) {
        trial.workload.parallel.push_back(8);
        for (std::size_t number = 0; number < compilers; ++number) {
            trial.workload.jobs.push_back({.start = std::chrono::seconds(3),
                                           .home = static_cast<NodeId>(user),
                                           .work = 0.3 + exponential(random, 1.2),
                                           .pages = 8 * pages_of_mebibyte,
                                           .calls_per_work = 800,
                                           .call_bytes_per_work = 2e6,
                                           .command = "cc1",
                                           .group = user});
        }
    }
    trial.end = std::chrono::seconds(1800);
    return trial;
}

Trial memory_hogs(std::uint64_t seed) {
    clusterdisc::Random random(seed);
    Trial trial{.name = "memory", .nodes = equal_nodes(node_count), .conditions = {}, .workload = {}, .end = {}};
    constexpr std::size_t hogs = 4;
    for (NodeId home = 1; home <= 2; ++home) {
        for (std::size_t number = 0; number < hogs; ++number) {
            trial.workload.jobs.push_back(
                {.start = from_seconds(3 + 2 * uniform(random)),
                 .home = home,
                 .work = 20 + static_cast<double>(random.below(20)),
                 .pages = static_cast<std::uint32_t>(100 + random.below(40)) * pages_of_mebibyte,
                 .command = "hog"});
        }
    }
    trial.end = std::chrono::seconds(3600);
    return trial;
}

Trial call_heavy_jobs(std::uint64_t seed) {
    clusterdisc::Random random(seed);
    Trial trial{.name = "calls", .nodes = equal_nodes(4), .conditions = {}, .workload = {}, .end = {}};
    constexpr std::size_t jobs = 8;
    for (std::size_t number = 0; number < jobs; ++number) {
        const bool is_heavy = number % 2 == 0;
        trial.workload.jobs.push_back({.start = from_seconds(3 + 2 * uniform(random)),
                                       .home = static_cast<NodeId>(1 + number / 4),
                                       .work = 15 + static_cast<double>(random.below(10)),
                                       .calls_per_work = is_heavy ? 60'000.0 : 50.0,
                                       .command = is_heavy ? "find" : "compute"});
    }
    trial.end = std::chrono::seconds(3600);
    return trial;
}

Trial make_trial(const std::string& name, std::uint64_t seed) {
    if (name == "equal") {
        return equal_jobs(StartedBy::mosrun);
    }
    if (name == "equal-unplaced") {
        Trial trial = equal_jobs(StartedBy::shell);
        trial.name = name;
        return trial;
    }
    if (name == "steady") {
        return steady_jobs();
    }
    if (name == "pareto") {
        return pareto_jobs(seed, StartedBy::mosrun);
    }
    if (name == "pareto-unplaced") {
        Trial trial = pareto_jobs(seed, StartedBy::shell);
        trial.name = name;
        return trial;
    }
    if (name == "mixed") {
        return pareto_jobs_on_mixed_nodes(seed);
    }
    if (name == "make") {
        return make_trees(seed);
    }
    if (name == "memory") {
        return memory_hogs(seed);
    }
    if (name == "calls") {
        return call_heavy_jobs(seed);
    }
    throw std::invalid_argument("there is no workload " + name);
}

}  // namespace openmosix::balance::simulator
