// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "balance/process_state.h"

namespace openmosix::balance::simulator {

/// Whether a program is asked about before it starts: those of mosrun and of balanced parents are.
enum class StartedBy : std::uint8_t { mosrun, shell };

/// A program that will be run, as a workload plans it.
struct JobSpec {
    /// When its user or its make starts it; of jobs of a group only the first ones look at it.
    Instant start{};
    NodeId home = 1;
    /// Standard processor seconds.
    double work = 1;
    std::uint32_t pages = 1024;
    double calls_per_work = 0;
    double call_bytes_per_work = 0;
    std::string command = "job";
    ProcessKind kind = ProcessKind::ordinary;
    MoveLock lock = MoveLock::unlocked;
    uid_t user = 1000;
    StartedBy started_by = StartedBy::mosrun;
    /// Jobs of one group run as make -j runs them: a number of them at a time. 0: none.
    std::size_t group = 0;
};

enum class JobState : std::uint8_t {
    planned,
    /// About to be executed: it is being decided where.
    starting,
    running,
    /// Frozen, on its way.
    moving,
    ended,
    /// The node where it was or its home has crashed.
    lost,
};

/// A program in the virtual cluster.
struct Job {
    JobSpec spec;
    pid_t pid = 0;
    JobState state = JobState::planned;
    /// Where it runs; while moving, where it comes from.
    NodeId node = 0;
    double work_left = 0;
    /// Standard seconds per second, now.
    double rate = 0;
    double processor_seconds = 0;
    /// Until then its memory follows, and it is slower.
    Instant memory_complete{};
    Instant started{};
    Instant ended{};
    std::optional<Instant> arrived;
    std::vector<FormerNode> former;
    std::uint32_t moves = 0;
};

/// What is run, and how many jobs of each group run at a time (groups count from 1).
struct Workload {
    std::string name;
    std::vector<JobSpec> jobs;
    std::vector<std::size_t> parallel;
};

}  // namespace openmosix::balance::simulator
