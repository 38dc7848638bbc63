// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "balance/move.h"
#include "common/instant.h"
#include "control/request.h"
#include "control/requester.h"
#include "omd/load_channel.h"
#include "omd/mover.h"

namespace openmosix {

/// Makes the moves that the planner has decided: asks the target, has the process moved with its owner's rights, and
/// cancels what was admitted when the move fails. A guest that is to go to another node than its home is moved by its
/// home, which is asked to. One thread.
class DecidedMoves {
public:
    /// What it needs of omd; all must live longer.
    struct Surroundings {
        Mover& mover;
        LoadChannel& channel;
        std::function<balance::NodeId()> own_node;
        /// The body of a guest; none when it is not here.
        std::function<std::optional<pid_t>(const balance::ProcessId&)> body_of;
        /// Called once for each move that was decided here.
        std::function<void(const balance::Move&, const balance::MoveResult&)> on_end;
    };

    explicit DecidedMoves(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}

    void begin(const balance::Move& move);
    /// Makes a move that the node has decided where the process of this node is. `reply`: what the target says.
    void relay(const balance::RelayRequest& request, const LoadChannel::OnRelayed& reply);
    /// Ends the moves of guests whose homes have moved them, or have not done so in time. `is_here`: whether a guest
    /// is.
    void look(clusterdisc::Instant now, const std::function<bool(const balance::ProcessId&)>& is_here);

private:
    struct Leaving {
        balance::Move move;
        clusterdisc::Instant until{};
    };

    void ask_target(const balance::Move& move, const LoadChannel::OnRelayed& reply);
    void ask_home(const balance::Move& move);
    void make(const balance::Move& move);
    void make(const balance::Move& move, const MoveRequest& request, const Requester& requester);
    void end(const balance::Move& move, const balance::MoveResult& result);

    Surroundings surroundings_;
    /// What the targets of the moves that are being made were asked.
    std::map<balance::ProcessId, LoadChannel::QuestionNumber> questions_;
    /// Processes of this node that another node has decided to move.
    std::set<balance::ProcessId> relayed_;
    /// Guests that their homes are moving.
    std::map<balance::ProcessId, Leaving> leaving_;
};

}  // namespace openmosix
