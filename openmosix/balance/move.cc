// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/move.h"

#include <algorithm>
#include <map>

namespace openmosix::balance {

void expect_each_other(std::vector<Move>& moves, std::span<const ProcessState> processes) {
    std::map<NodeId, double> expected;
    for (const Move& move : moves) {
        double& most = expected[move.target];
        most = std::max(most, move.request.expected_runnable);
    }
    for (Move& move : moves) {
        const auto process = std::ranges::find(processes, move.process, &ProcessState::id);
        const bool is_return =
            process != processes.end() &&
            std::ranges::find(process->former, move.target, &FormerNode::node) != process->former.end();
        if (!is_return) {
            move.request.expected_runnable = expected[move.target];
        }
    }
}

std::string to_text(const MoveResult& result) {
    if (std::holds_alternative<MoveDone>(result)) {
        return "done";
    }
    if (const auto* refusal = std::get_if<AdmissionRefusal>(&result)) {
        return std::string("refused: ") + to_text(*refusal);
    }
    if (const auto* refused = std::get_if<ProcessRefused>(&result)) {
        return "it cannot move: " + refused->reason;
    }
    return "failed: " + std::get<MoveFailed>(result).reason;
}

}  // namespace openmosix::balance
