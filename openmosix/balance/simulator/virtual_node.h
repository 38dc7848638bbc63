// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "balance/admission.h"
#include "balance/load_average.h"
#include "balance/load_gossip.h"
#include "balance/move_planner.h"
#include "balance/simulator/job.h"

namespace openmosix::balance::simulator {

struct NodeSetup {
    std::uint32_t speed = standard_speed;
    Processors processors;
    std::uint32_t total_pages = 65536;
    /// Its clock against the world's.
    Instant clock_offset{};
    /// What it says about itself instead of the truth.
    std::optional<NodeState> lie;
};

/// What moves, calls and messages really cost, which no node knows.
struct NetworkConditions {
    double loss = 0;
    Instant min_delay = std::chrono::microseconds(100);
    Instant max_delay = std::chrono::microseconds(500);
    Instant freeze = std::chrono::milliseconds(8);
    Instant placement = std::chrono::milliseconds(25);
    /// Bytes per second.
    double bandwidth = 100e6;
    Instant call_latency = std::chrono::microseconds(100);
    /// Of the progress, while the memory of a process follows.
    double stall = 0.2;
};

enum class Power : std::uint8_t { off, running };

/// A PC of a virtual cluster: what runs on it and how fast (processor sharing), and the parts of omd that decide.
class VirtualNode {
public:
    VirtualNode(NodeId id, const NodeSetup& setup, const NetworkConditions& conditions, std::uint64_t seed);

    [[nodiscard]] NodeId id() const { return id_; }
    [[nodiscard]] const NodeSetup& setup() const { return setup_; }
    [[nodiscard]] Instant local_time(Instant world) const { return world + setup_.clock_offset; }

    /// Lets the jobs progress until `now`.
    void advance(Instant now);
    /// A job begins to run here, or does so no longer; advance() comes first.
    void add(Instant now, Job& job);
    void remove(Instant now, Job& job);
    /// Progress of each job from now on: what changes when jobs come, go or get their memory.
    void set_rates(Instant now);
    /// When the next job ends or gets the last of its memory, if nothing else happens.
    [[nodiscard]] std::optional<Instant> next_change(Instant now) const;
    [[nodiscard]] const std::vector<Job*>& jobs() const { return jobs_; }
    /// Standard seconds per second that one more job would get, calls not considered; with `more` = 0, what each gets.
    [[nodiscard]] double pace_with(double more) const;

    /// What the node knows of itself. The mean load, or when that is more, the load of this moment.
    [[nodiscard]] NodeState state(Instant now) const;
    /// The same as it says it to others.
    [[nodiscard]] NodeState reported(Instant now) const;
    [[nodiscard]] Situation situation(Instant now) const;
    [[nodiscard]] std::vector<ProcessState> processes() const;
    [[nodiscard]] ProcessState process_of(const Job& job) const;
    [[nodiscard]] std::uint64_t used_pages() const;

    // What an administrator, a user and the power switch do to it.
    Power power = Power::running;
    OwnUser user = OwnUser::absent;
    NodePolicies policies;

    LoadGossip gossip;
    MovePlanner planner;
    Admission admission;
    LoadAverage load;
    /// Counts changes of the set of jobs: an event planned before one is void.
    std::uint64_t version = 0;

private:
    [[nodiscard]] double rate_of(Instant now, const Job& job, double memory_factor) const;

    NodeId id_;
    NodeSetup setup_;
    const NetworkConditions& conditions_;
    std::vector<Job*> jobs_;
    Instant advanced_{};
};

/// The parts of a node's state that do not change.
NodeState initial_state(NodeId id, const NodeSetup& setup);

}  // namespace openmosix::balance::simulator
