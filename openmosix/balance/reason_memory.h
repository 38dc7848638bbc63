// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>

#include "balance/process_state.h"
#include "balance/seconds.h"

namespace openmosix::balance {

/// The reasons that processes gave for not moving, and when each is looked at again: after tuning::first_reason_pause,
/// then after twice that, and so on. One thread.
class ReasonMemory {
public:
    void remember(Instant now, const ProcessId& process, const std::string& reason);
    void forget(const ProcessId& process) { reasons_.erase(process); }

    /// True if the process is to be left alone now.
    [[nodiscard]] bool is_paused(Instant now, const ProcessId& process) const;
    /// The last reason; empty when there is none.
    [[nodiscard]] std::string reason(const ProcessId& process) const;
    /// Drops reasons of processes that were not looked at again for twice tuning::max_reason_pause: they have ended.
    void forget_old(Instant now);

private:
    struct Reason {
        std::string text;
        Instant pause{};
        Instant again{};
    };
    std::map<ProcessId, Reason> reasons_;
};

}  // namespace openmosix::balance
