// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/cluster_keys.h"
#include "common/event_loop.h"
#include "omd/automatic_balancing.h"
#include "omd/balancer.h"
#include "omd/busy_file.h"
#include "omd/child_processes.h"
#include "omd/child_reports.h"
#include "omd/configuration.h"
#include "omd/control_server.h"
#include "omd/guest_group.h"
#include "omd/hint_store.h"
#include "omd/kernel_connection.h"
#include "omd/load_query.h"
#include "omd/membership.h"
#include "omd/mover.h"
#include "omd/options.h"
#include "omd/peer_listener.h"
#include "omd/refusal_log.h"
#include "omd/steering.h"
#include "omd/supervisor_launcher.h"

namespace openmosix {

/// omd at work: takes requests of tools and connections of other nodes, and starts a supervisor for each process that
/// leaves and each guest that comes. It holds no state of them: when it ends they go on, and the next omd finds them by
/// their files. One thread.
class Daemon {
public:
    /// Reads the configuration and the keys again; throws std::runtime_error when they cannot be used.
    struct Reloaded {
        Configuration configuration;
        clusterdisc::KeyRing keys;
    };
    using Reload = std::function<Reloaded()>;

    /// Throws std::system_error or std::runtime_error that says what is missing.
    Daemon(Options options, Reload reload);

    /// Until a signal ends it; the exit status.
    int run();

private:
    /// How many guests there are, and of how many of them nothing is known but the node that they come from.
    struct GuestCount {
        std::size_t all = 0;
        std::multiset<clusterdisc::NodeId> arriving;
    };

    void follow_membership();
    void answer(std::string_view line, const Requester& requester, clusterdisc::FileDescriptor file,
                const ControlServer::Reply& reply);
    void answer_hint(const HintRequest& request, const Requester& requester, const ControlServer::Reply& reply) const;
    std::string answer_processor_time(const ProcessorTimeRequest& request, const Requester& requester);
    std::string answer_speed(const SpeedRequest& request, const Requester& requester);
    void answer_load(clusterdisc::NodeId node, const ControlServer::Reply& reply);
    [[nodiscard]] std::string list_line() const;
    [[nodiscard]] std::string status_line() const;
    [[nodiscard]] std::string nodes_line() const;
    [[nodiscard]] std::string why_line(const WhyRequest& request) const;
    void receive_peer(PeerListener::Purpose purpose, clusterdisc::NodeId peer,
                      const clusterdisc::FileDescriptor& connection);
    void take_report(const std::string& report);
    void receive_guest(clusterdisc::NodeId peer, const clusterdisc::FileDescriptor& connection);
    void talk(clusterdisc::NodeId peer, const clusterdisc::FileDescriptor& connection,
              std::function<void(const IncomingConnection&)> conversation);
    [[nodiscard]] GuestCount count_guests() const;
    /// Why no guest may come from this node now; empty: one may.
    [[nodiscard]] std::string objection_to_guests(const GuestCount& count, clusterdisc::NodeId peer) const;
    [[nodiscard]] SupervisorLauncher::Settings launcher_settings() const;
    void reload();
    void tell_systemd(const std::string& state) const;

    Options options_;
    Reload reload_;
    Reloaded loaded_;
    std::string program_;
    GuestGroup guest_group_;
    clusterdisc::EventLoop loop_;
    ChildProcesses children_;
    Membership membership_;
    SupervisorLauncher launcher_;
    Steering steering_;
    HintStore hints_;
    Balancer balancer_;
    Mover mover_;
    AutomaticBalancing automatic_;
    KernelConnection kernel_;
    RefusalLog refusals_;
    ChildReports reports_;
    PeerListener listener_;
    BusyFile busy_file_;
    ControlServer control_server_;
    std::vector<clusterdisc::EventSource> signals_;
    /// The peers with whom children have conversations.
    std::multiset<clusterdisc::NodeId> talks_;
};

}  // namespace openmosix
