// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/move.h"

namespace openmosix::balance {

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
