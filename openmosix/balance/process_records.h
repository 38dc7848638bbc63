// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <span>
#include <string>

#include "balance/process_state.h"
#include "balance/reason_memory.h"
#include "balance/seconds.h"

namespace openmosix::balance {

/// A process of this node that is elsewhere.
struct AwayProcess {
    ProcessId id;
    NodeId where = 0;
};

/// What speaks against moving a process now because of moves before: each is under way once, one that refused or that
/// came back at once is left alone for a while, and so is one that its home did not take. A process number may belong
/// to another process later: forget() and gone() keep them apart. One thread; `now` never goes back.
class ProcessRecords {
public:
    /// A move of it begins.
    void begin(Instant now, const ProcessId& process);
    /// The move has ended; true if it was under way.
    bool end(const ProcessId& process) { return under_way_.erase(process) > 0; }
    [[nodiscard]] bool is_under_way(const ProcessId& process) const { return under_way_.contains(process); }

    /// A process of this node has gone elsewhere. How long it stays there, judge_departures() finds out.
    void departed(Instant now, const ProcessId& process) { departures_[process] = now; }
    [[nodiscard]] bool has_just_departed(const ProcessId& process) const { return departures_.contains(process); }
    /// `processes` are here, and `away` is where those of this node are that are not.
    void judge_departures(Instant now, std::span<const ProcessState> processes, std::span<const AwayProcess> away);

    void refused(Instant now, const ProcessId& process, const std::string& reason) {
        reasons_.remember(now, process, reason);
    }
    [[nodiscard]] bool is_paused(Instant now, const ProcessId& process) const {
        return reasons_.is_paused(now, process);
    }
    /// The last one that it gave; empty when there is none.
    [[nodiscard]] std::string reason(const ProcessId& process) const { return reasons_.reason(process); }
    /// It has moved after all.
    void forget_reason(const ProcessId& process) { reasons_.forget(process); }

    /// It is not sent home before this time.
    void pause_home(const ProcessId& process, Instant until) { home_pauses_[process] = until; }
    [[nodiscard]] bool is_home_paused(const ProcessId& process) const { return home_pauses_.contains(process); }

    /// It runs another program now, of which nothing is known but that it may be under way.
    void forget(const ProcessId& process);
    /// It has ended: what becomes of its move is nobody's any more.
    void gone(const ProcessId& process);
    /// Drops what is over.
    void forget_old(Instant now);

private:
    ReasonMemory reasons_;
    std::map<ProcessId, Instant> under_way_;
    std::map<ProcessId, Instant> home_pauses_;
    /// Processes of this node that went elsewhere and have not been there for tuning::min_stay yet.
    std::map<ProcessId, Instant> departures_;
};

}  // namespace openmosix::balance
