// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "balance/simulator/policy.h"
#include "balance/simulator/workload.h"

namespace openmosix::balance::simulator {

/// What came of a trial.
struct TrialResult {
    std::size_t jobs = 0;
    std::size_t unfinished = 0;
    /// Of the jobs that have ended: the time from the start to the end, against what it would be alone at home.
    double mean_slowdown = 0;
    /// From the first start to the last end, in seconds.
    double makespan = 0;
    std::size_t moves = 0;
    std::size_t placements = 0;
    /// Of the first move after the first start; negative when there was none.
    double first_move = -1;
    /// Seconds from the first start until no node had more than 15 % more or less than the mean runnable processes per
    /// capacity, rounded to whole processes; negative when that never was.
    double balanced = -1;
    /// Moves in the ten minutes after that.
    std::size_t moves_after_balance = 0;
};

TrialResult run_trial(const Trial& trial, Policy policy, std::uint64_t seed);

/// What no schedule can beat: for the makespan all processors together, and the longest job on the fastest processor;
/// for the mean slowdown, that each job has a fastest processor for itself from its start on.
struct OfflineBound {
    double mean_slowdown = 0;
    double makespan = 0;
};
OfflineBound offline_bound(const Trial& trial);

/// A schedule that no node could make, as it knows all lifetimes: the shortest jobs run first, each on the fastest free
/// processor, moved for nothing as often as wanted. Its mean slowdown is what to aim at.
double clairvoyant_slowdown(const Trial& trial);

/// Compares all policies on all trials over `count` seeds; prints JSON lines, and which bars are met. Returns true if
/// all are.
bool compare(std::uint64_t first_seed, std::uint64_t count);

}  // namespace openmosix::balance::simulator
