// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "balance/simulator/virtual_cluster.h"

namespace openmosix::balance::simulator {

/// What must hold whatever happens, checked against what the cluster really is, which no node knows:
/// - no process moves more than once per residency time (orders of administrators excepted);
/// - no more processes are under way to a node than it may admit;
/// - no process is admitted for balance by a node that it left before, unless it is at least as fast there as it was;
/// - nothing that is excluded, locked, interactive or of a service is ever moved by itself;
/// - no node that takes guests is idle for long while another one has two processes waiting that could move to it;
/// - a node that leaves goes without guests, and while nothing crashes no process is lost, nor is any in two places.
class Invariants {
public:
    explicit Invariants(VirtualCluster& cluster);

    /// The indices of nodes that no rule about idleness speaks of: they lie about their load.
    void except(NodeId node) { excepted_.push_back(node); }
    /// A crash, a loss of messages or a command has changed what nodes know: idleness counts from now.
    void disturbed() { idle_since_.clear(); }

    /// After an event.
    void check();
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

private:
    struct Left {
        double pace = 0;
        Instant when{};
    };

    void see(const MoveEvent& event);
    void check_residency(const MoveEvent& event);
    void check_return(const MoveEvent& event);
    void check_excluded(const MoveEvent& event);
    void check_places();
    void check_idleness();
    [[nodiscard]] bool is_idle(NodeId id) const;
    [[nodiscard]] std::size_t waiting_for(NodeId busy, NodeId idle) const;
    void violate(const std::string& text);

    VirtualCluster& cluster_;
    std::vector<NodeId> excepted_;
    std::map<pid_t, Instant> last_arrival_;
    std::map<pid_t, std::map<NodeId, Left>> left_;
    std::map<std::pair<NodeId, NodeId>, Instant> idle_since_;
    Instant next_check_{};
    std::vector<std::string> violations_;
};

}  // namespace openmosix::balance::simulator
