// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "balance/admission.h"
#include "balance/move_planner.h"
#include "balance/own_user.h"
#include "common/event_loop.h"
#include "control/node_list.h"
#include "load/own_node.h"
#include "load/process_survey.h"
#include "load/terminals.h"
#include "omd/configuration.h"
#include "omd/decided_moves.h"
#include "omd/hint_store.h"
#include "omd/load_channel.h"
#include "omd/measured_moves.h"
#include "omd/membership.h"
#include "omd/mover.h"
#include "omd/program_placing.h"
#include "omd/steering.h"

namespace openmosix {

/// Moves processes of this node to where they end sooner, and tells other members what this node can take: drives the
/// decisions of balance/ with what load/ measures. One thread.
class AutomaticBalancing {
public:
    /// What it needs of omd; all must live longer.
    struct Surroundings {
        sd_event* event = nullptr;
        std::string run_folder;
        const Configuration& configuration;
        const clusterdisc::KeyRing& keys;
        const Membership& membership;
        Mover& mover;
        const Steering& steering;
        const HintStore& hints;
        /// Why no guest may come now; empty: one may.
        std::function<std::string()> objection_to_guests;
    };

    explicit AutomaticBalancing(Surroundings surroundings);

    /// The configuration, the node map or the address at which omd listens has changed.
    void follow(const std::optional<clusterdisc::Endpoint>& endpoint);

    /// As of balance/yardstick.h.
    void set_speed(std::uint32_t speed) { own_node_.set_speed(speed); }
    [[nodiscard]] std::uint32_t speed() const { return own_node_.speed(); }
    /// Instead of what was measured, until the next boot; false, and changes nothing, when it is no speed.
    bool override_speed(std::int64_t speed);
    /// This node and those of which it has heard lately; all members where load is not told, with nothing known of it.
    [[nodiscard]] std::map<balance::NodeId, balance::NodeState> known_nodes() const;

    /// Where a process of this node that is at `place` does best among the nodes that are wanted
    /// (balance/best_place.h), and counts as sent there from now on. None when too little is known of them: they must
    /// be asked then.
    std::optional<balance::NodeId> best_place(pid_t pid, balance::NodeId place, std::span<const NodeRange> wanted);

    /// A process of this node has used processors of others (ProgramPlacing::add_elsewhere()).
    void add_elsewhere(const ProcessorTimeRequest& request, bool is_counted);

    /// A process of another node has come that is about to run here.
    void guest_arrived(const balance::ProcessId& process);

    /// What this node thinks of all nodes, for people.
    [[nodiscard]] std::string explain_nodes() const;
    /// The last decisions about a process of this node or a guest, by its number here, and why none is made now, for
    /// people.
    [[nodiscard]] std::string explain(pid_t pid) const;

private:
    void sample();
    void judge_user(clusterdisc::Instant now);
    void decide();
    [[nodiscard]] balance::Situation situation(clusterdisc::Instant now, const balance::ViewTable& view) const;
    void place(pid_t pid, const ProcessStat& stat, const std::optional<balance::ProgramNeeds>& known);
    /// What its user has set for it.
    void add_hints(balance::ProcessState& state) const;
    /// What the state files of supervisors say.
    [[nodiscard]] ProcessSurvey::Known find_known() const;
    std::vector<balance::ProcessState> look(clusterdisc::Instant now, const ProcessSurvey::Known& known);
    [[nodiscard]] double pace_at(balance::NodeId node) const;
    /// Without what is under way to it.
    [[nodiscard]] balance::NodeState measured_state() const;
    [[nodiscard]] balance::NodeState own_state() const;
    [[nodiscard]] balance::NodePolicies policies() const;
    /// Ends the reservations of processes that have come, by the state files of supervisors.
    void take_arrivals(clusterdisc::Instant now, const ProcessSurvey::Known& known);
    [[nodiscard]] bool is_away_at(pid_t pid, balance::NodeId node) const;
    /// A process of this node is to go on from the node where it is.
    void relay(const balance::RelayRequest& request, const LoadChannel::OnRelayed& reply);
    LoadChannel::Admitted admit(const balance::AdmissionRequest& request);
    void end(const balance::Move& move, const balance::MoveResult& result);

    Surroundings surroundings_;
    OwnNode own_node_;
    Terminals terminals_;
    balance::OwnUserJudge user_judge_;
    balance::OwnUser user_ = balance::OwnUser::absent;
    ProcessSurvey survey_;
    balance::Admission admission_;
    std::uint16_t guests_ = 0;
    LoadChannel channel_;
    std::optional<balance::MovePlanner> planner_;
    MeasuredMoves measured_moves_;
    balance::NodeId node_ = 0;
    /// The bodies of guests that were found by the last look.
    std::map<balance::ProcessId, pid_t> bodies_;
    DecidedMoves moves_;
    ProgramPlacing programs_;
    clusterdisc::Timer sample_timer_;
    clusterdisc::Timer decision_timer_;
};

}  // namespace openmosix
