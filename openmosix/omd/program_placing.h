// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "balance/move_planner.h"
#include "balance/program_run.h"
#include "common/event_loop.h"
#include "control/request.h"
#include "omd/process_events.h"
#include "procfs/process_stat.h"

namespace openmosix {

/// Follows the programs that processes of this node execute, from execve(2) to their end: has those placed that may be
/// worth it, and tells the planner what each has needed. Where the kernel has no process events it does nothing, and
/// new programs are looked at as all processes are. One thread.
class ProgramPlacing {
public:
    /// What it needs of omd; all must live longer.
    struct Surroundings {
        sd_event* event = nullptr;
        /// Whether a process belongs to this node.
        std::function<bool(pid_t)> is_of_this_node;
        /// Returns the speed of this node's processors (balance/yardstick.h).
        std::function<std::uint32_t()> own_speed;
        /// None while this node is in no map.
        std::function<balance::MovePlanner*()> planner;
        /// Decides where a process runs that has just executed a program. `known`: what its former runs needed.
        std::function<void(pid_t pid, const ProcessStat& stat, const std::optional<balance::ProgramNeeds>& known)>
            place;
    };

    explicit ProgramPlacing(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}

    /// `network`: as of ProcessEvents.
    void start(const std::string& network);
    void stop();
    /// A process has executed a program or has ended: what the kernel tells after start().
    void take(const ProcessEvent& event);

    /// Measures the programs that run. It wants to be called a few times per second.
    void look(clusterdisc::Instant now);

    /// A process has used processors of this speed on another node. `is_counted`: the kernel here counts it as the
    /// process's own. The request has all that was not counted before.
    void add_elsewhere(const ProcessorTimeRequest& request, std::uint32_t speed, bool is_counted);

    /// What runs for longest has shown what it needs when there are more.
    static constexpr std::size_t max_runs = 256;

private:
    struct Run {
        std::string command;
        std::uint64_t start_time = 0;
        balance::ProgramRun run;
        /// Nanoseconds on other nodes that were reported and that the kernel here has not counted: of the process, with
        /// what programs that it executed before have used.
        std::uint64_t uncounted = 0;
    };
    using Runs = std::map<pid_t, Run>;

    void executed(pid_t pid);
    void ended(clusterdisc::Instant now, Runs::iterator run);
    [[nodiscard]] static balance::ProgramUse measure(clusterdisc::Instant now, pid_t pid, const ProcessStat& stat);

    Surroundings surroundings_;
    std::optional<ProcessEvents> events_;
    /// What the log says of them once.
    bool has_failed_ = false;
    Runs runs_;
    unsigned placed_since_look_ = 0;
};

}  // namespace openmosix
