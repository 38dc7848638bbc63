// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "balance/move_costs.h"

namespace openmosix {

/// Takes what supervisors have measured of departures into the costs that decisions use, each once. One thread.
class MeasuredMoves {
public:
    /// `states`: what the supervisors of all processes say whose home is here (read_process_list()). Numbers that no
    /// move has are left out.
    void take(std::span<const nlohmann::json> states, balance::MoveCosts& costs);

private:
    /// What was taken of one departure of a process.
    struct Taken {
        std::uint64_t moves = 0;
        bool has_freeze = false;
        bool has_transfer = false;
        bool has_call = false;
    };
    std::map<pid_t, Taken> taken_;
};

}  // namespace openmosix
