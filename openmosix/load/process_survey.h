// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "balance/process_state.h"
#include "procfs/process_stat.h"
#include "procfs/process_status.h"

namespace openmosix {

/// Measures the processes of this node, about once per second: which of them compute, since when and how much. One
/// thread.
class ProcessSurvey {
public:
    /// A process of another home whose body is here.
    struct Guest {
        balance::ProcessId id;
        uid_t user = 0;
    };
    /// What is known of the processes of this node from elsewhere, each by its pid here.
    struct Known {
        balance::NodeId own_node = 0;
        /// They are not looked at: parts of omd.
        std::set<pid_t> left_out;
        std::map<pid_t, Guest> guests;
        /// Processes of this node that run on another one.
        std::map<pid_t, balance::NodeId> away;
        /// How fast a process is on another node (balance/pace.h), for those that have just left it.
        std::function<double(balance::NodeId)> pace_of;
    };
    struct Found {
        pid_t pid = 0;
        balance::ProcessState state;
    };

    /// `group`: as of OwnNode.
    explicit ProcessSurvey(std::string group) : group_(std::move(group)) {}

    /// The processes of this node that have used tuning::min_age of processor time and compute now.
    std::vector<Found> look(clusterdisc::Instant now, const Known& known);
    /// Returns those that the look before the last one has found on this machine and that have ended by the last one.
    [[nodiscard]] const std::vector<pid_t>& ended() const { return ended_; }

    /// Why look() leaves a process out, in words; empty when it does not. `known`: as of look(); what is away is for
    /// the caller to tell.
    [[nodiscard]] std::string why_left_out(pid_t pid, const Known& known) const;

    /// False of a process of another node on the same machine.
    [[nodiscard]] bool is_of_this_node(pid_t pid) const;

private:
    struct Seen {
        std::uint64_t start_time = 0;
        std::uint64_t ticks = 0;
        clusterdisc::Instant when{};
        double demand = 0;
        /// Of /proc/PID/io.
        std::uint64_t calls = 0;
        std::uint64_t bytes = 0;
        std::uint64_t ticks_at_io = 0;
        std::optional<clusterdisc::Instant> arrived;
        std::vector<balance::FormerNode> former;
        /// The node that it was on at the last look; 0: it was here.
        balance::NodeId away_at = 0;
    };

    [[nodiscard]] std::vector<pid_t> processes() const;
    static std::optional<balance::ProcessState> measure(clusterdisc::Instant now, pid_t pid, const ProcessStat& stat,
                                                        Seen& seen);

    std::string group_;
    std::map<pid_t, Seen> seen_;
    std::vector<pid_t> ended_;
};

/// Processor time that it has used in its whole life.
clusterdisc::Instant processor_time_of(const ProcessStat& stat);

/// How much system calls a process has made whose time or result is not its own alone, and the bytes of their buffers,
/// in its whole life (/proc/PID/io).
struct CallCount {
    std::uint64_t calls = 0;
    std::uint64_t bytes = 0;
};
/// Zeros when it is gone.
CallCount count_calls(pid_t pid);

/// Resident pages of a process; 0 when it is gone.
std::uint32_t count_pages(pid_t pid);

/// What decides whether a process may move: what it is, and whose; nothing of what it has used. `demand`: as in
/// ProcessState.
balance::ProcessState describe_process(pid_t pid, const ProcessStat& stat, const ProcessStatus& status, double demand);

/// What a process is to the terminal that controls it.
enum class TerminalRole : std::uint8_t {
    /// In the background, or without a terminal.
    none,
    foreground,
    /// The first of its session: a login shell, or what a terminal window was opened for.
    session_leader,
    /// The child of such a one that belongs to another user: login(1) leads the session and waits for the shell.
    login_shell,
};
/// `status`: of the same process.
TerminalRole terminal_role(const ProcessStat& stat, const ProcessStatus& status);

/// What forbids to move a process of this control group and terminal, by where it belongs: see ProcessKind. `demand` is
/// the share of the time in which it computes.
balance::ProcessKind kind_of(const std::string& control_group, TerminalRole role, double demand);

}  // namespace openmosix
