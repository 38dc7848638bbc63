// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>

#include "balance/move.h"
#include "control/request.h"
#include "control/requester.h"
#include "omd/load_channel.h"
#include "omd/mover.h"

namespace openmosix {

/// Makes the moves that the planner has decided: asks the target, has the process moved with its owner's rights, and
/// cancels what was admitted when the move fails. One thread.
class DecidedMoves {
public:
    /// What it needs of omd; all must live longer.
    struct Surroundings {
        Mover& mover;
        LoadChannel& channel;
        std::function<balance::NodeId()> own_node;
        /// The body of a guest; none when it is not here.
        std::function<std::optional<pid_t>(const balance::ProcessId&)> body_of;
        /// Called once for each move.
        std::function<void(const balance::Move&, const balance::MoveResult&)> on_end;
    };

    explicit DecidedMoves(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}

    void begin(const balance::Move& move);

private:
    void make(const balance::Move& move);
    void make(const balance::Move& move, const MoveRequest& request, const Requester& requester);
    void end(const balance::Move& move, const balance::MoveResult& result);

    Surroundings surroundings_;
    /// What the targets of the moves that are being made were asked.
    std::map<balance::ProcessId, LoadChannel::QuestionNumber> questions_;
};

}  // namespace openmosix
