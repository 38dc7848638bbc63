// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "balance/node_state.h"
#include "balance/seconds.h"

namespace openmosix::balance {

/// Whether the own user of a node needs it, so that guests have to go: somebody sits there, and programs of the node's
/// own wait for a processor. Neither is enough: who only types needs few processors, and what waits while nobody sits
/// there shares with guests as with all others. One thread; `now` never goes back.
class OwnUserJudge {
public:
    /// What runs on the node: numbers of processes that run or could run, means as of LoadAverage.
    struct Work {
        /// Guests included.
        double runnable = 0;
        /// Without guests.
        double own = 0;
    };

    /// Somebody has typed at a terminal of the node.
    void saw_input(Instant now) { input_ = now; }

    /// Returns whether the user needs the node now. It wants to be called about once per second.
    OwnUser judge(Instant now, const Work& work, const Processors& processors);

private:
    std::optional<Instant> input_;
    /// Since when own programs wait, without a break; none: they do not.
    std::optional<Instant> waiting_since_;
    /// When own programs kept the node busy last.
    Instant busy_{};
    OwnUser user_ = OwnUser::absent;
};

}  // namespace openmosix::balance
