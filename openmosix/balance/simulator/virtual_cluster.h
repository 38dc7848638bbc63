// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "balance/simulator/event_queue.h"
#include "balance/simulator/job.h"
#include "balance/simulator/policy.h"
#include "balance/simulator/virtual_node.h"
#include "common/random.h"

namespace openmosix::balance::simulator {

/// What happens to a process: for invariants and traces.
struct MoveEvent {
    enum class Step : std::uint8_t { admitted, departed, arrived };
    Step step = Step::admitted;
    const Job* job = nullptr;
    NodeId from = 0;
    NodeId to = 0;
    MovePurpose purpose = MovePurpose::balance;
};

/// What was sent by all nodes since the last reset, without headers of the network.
struct GossipTraffic {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
};

/// PCs with jobs in virtual time, on which the planner's own code decides. The same seed and the same calls give the
/// same run. Nodes have the ids 1, 2, ...
class VirtualCluster {
public:
    VirtualCluster(std::uint64_t seed, Policy policy, const NetworkConditions& conditions);

    NodeId add_node(const NodeSetup& setup);
    /// Adds the jobs of a workload; their times count from now.
    void add_workload(const Workload& workload);

    // What happens to nodes while the cluster runs.
    /// Without a word; what runs there and what is at home there is lost.
    void crash(NodeId id);
    /// A node that is off joins again, empty.
    void join(NodeId id);
    /// Sends guests home, brings its own back, then goes.
    void leave(NodeId id);
    void set_user(NodeId node, OwnUser user) { at(node).user = user; }
    void set_policies(NodeId node, NodePolicies policies) { at(node).policies = policies; }
    void set_selection(NodeId node, const Selection& selection) { at(node).planner.set_selection(selection); }

    void run_until(Instant end);
    /// Until all jobs have ended or are lost, or `end` has come.
    void run_to_completion(Instant end);

    [[nodiscard]] Instant now() const { return queue_.now(); }
    /// Nodes have the ids 1 to node_count().
    [[nodiscard]] NodeId node_count() const { return static_cast<NodeId>(nodes_.size()); }
    [[nodiscard]] const VirtualNode& node(NodeId id) const { return *nodes_.at(id - std::size_t{1}); }
    [[nodiscard]] const std::vector<std::unique_ptr<Job>>& jobs() const { return jobs_; }
    [[nodiscard]] const NetworkConditions& conditions() const { return conditions_; }
    /// Jobs that were admitted to a node and have not arrived.
    [[nodiscard]] std::size_t under_way_to(NodeId node) const;
    [[nodiscard]] const std::optional<NodeId>& leaving() const { return leaving_; }
    [[nodiscard]] const GossipTraffic& gossip_traffic() const { return gossip_traffic_; }
    void reset_gossip_traffic() { gossip_traffic_ = {}; }
    clusterdisc::Random& random() { return random_; }

    void on_move(std::function<void(const MoveEvent&)> callback) { on_move_ = std::move(callback); }
    void on_event(std::function<void()> callback) { on_event_ = std::move(callback); }

private:
    VirtualNode& at(NodeId id) { return *nodes_.at(id - std::size_t{1}); }
    [[nodiscard]] Instant delay();
    Job* find(const ProcessId& process);
    void settle(VirtualNode& node);
    void change(VirtualNode& node, std::uint64_t version);
    void finish(VirtualNode& node);
    void set_members();
    void lose(Job& job);

    // The rounds of a node.
    void gossip_tick(NodeId id);
    void decision_tick(NodeId id);
    [[nodiscard]] std::vector<AwayProcess> away_processes(NodeId home) const;
    void check_leaving(VirtualNode& node);

    // The life of a job.
    void start(Job& job);
    void start_at(Job& job, NodeId node);
    void job_ended(const Job& job);

    // A move, step by step.
    void begin_move(const Move& move, NodeId source);
    void ask_target(const Move& move, NodeId source);
    void depart(const Move& move, NodeId source, ReservationId reservation);
    void arrive(const Move& move, NodeId source, ReservationId reservation);
    void end_move(const Move& move, NodeId source, const MoveResult& result);

    clusterdisc::Random random_;
    Policy policy_;
    NetworkConditions conditions_;
    EventQueue queue_;
    std::vector<std::unique_ptr<VirtualNode>> nodes_;
    std::vector<std::unique_ptr<Job>> jobs_;
    std::vector<std::size_t> parallel_ = {0};
    std::vector<std::vector<Job*>> waiting_of_group_ = {{}};
    std::size_t open_jobs_ = 0;
    std::map<NodeId, std::size_t> under_way_;
    std::optional<NodeId> leaving_;
    GossipTraffic gossip_traffic_;
    std::function<void(const MoveEvent&)> on_move_ = [](const MoveEvent&) {};
    std::function<void()> on_event_ = [] {};
};

}  // namespace openmosix::balance::simulator
