// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/cluster_keys.h"
#include "common/file_descriptor.h"
#include "common/node_id.h"
#include "omd/child_processes.h"

namespace openmosix {

/// The program omd-supervisor: in the build tree near omd, else where it is installed. Throws std::runtime_error that
/// says where it was looked for.
std::string find_supervisor();

/// Starts supervisors, and knows those that it has started and that live.
class SupervisorLauncher {
public:
    struct Settings {
        std::string program;
        std::string run_folder;
        std::string guest_user;
        clusterdisc::KeyRing keys;
        /// Files that bodies of guests are added to (cgroup.procs).
        std::vector<std::string> control_groups;
        /// The file that supervisors of guests are added to; empty: none.
        std::string supervisor_group;
    };

    /// `on_end` is called after the supervisor of a process whose home is here has ended, with the process's pid.
    SupervisorLauncher(ChildProcesses& children, Settings settings, std::function<void(pid_t)> on_end);

    /// For those that are started from now on.
    void set(Settings settings) { settings_ = std::move(settings); }
    [[nodiscard]] const Settings& settings() const { return settings_; }

    /// Of a process whose home is here; `control` is its first connection to omd. Throws std::system_error.
    void start_home(pid_t pid, clusterdisc::NodeId own_node, const clusterdisc::FileDescriptor& control);
    /// Of a guest that is announced on `connection`; it says on `report` if it does not believe the peer. Throws
    /// std::system_error.
    void start_guest(clusterdisc::NodeId own_node, clusterdisc::NodeId peer,
                     const clusterdisc::FileDescriptor& connection, const clusterdisc::FileDescriptor& report);

    /// Whether one that start_home() started for this process still lives.
    [[nodiscard]] bool watches(pid_t pid) const { return homes_.contains(pid); }
    /// The supervisors that start_guest() started and that live, and where their guests come from.
    [[nodiscard]] const std::map<pid_t, clusterdisc::NodeId>& guests() const { return guests_; }

private:
    [[nodiscard]] std::vector<std::string> command(const std::string& role, clusterdisc::NodeId own_node) const;
    void log_end(const std::string& whose, int status) const;

    ChildProcesses& children_;
    Settings settings_;
    std::function<void(pid_t)> on_end_;
    /// Counts, as a second one may begin before the first one's end is noticed.
    std::multiset<pid_t> homes_;
    std::map<pid_t, clusterdisc::NodeId> guests_;
};

}  // namespace openmosix
