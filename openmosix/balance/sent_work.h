// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "balance/move.h"
#include "balance/process_state.h"
#include "balance/view_table.h"

namespace openmosix::balance {

/// What this node has sent to others that their reports cannot show yet. One thread.
class SentWork {
public:
    void add(Instant now, const ProcessState& process, NodeId target);
    /// The move was refused or failed.
    void remove(const Move& move);
    void forget_old(Instant now);

    /// The state of the node with what was sent after it reported.
    [[nodiscard]] NodeState added_to(const KnownNode& node) const;

private:
    struct Sent {
        ProcessId process;
        NodeId target = 0;
        Instant when{};
        double demand = 0;
        std::uint32_t pages = 0;
    };
    std::vector<Sent> sent_;
};

}  // namespace openmosix::balance
