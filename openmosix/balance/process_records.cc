// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/process_records.h"

#include <algorithm>

#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

/// After this time omd has lost sight of a move; the process is looked at again.
constexpr Instant max_time_of_move = std::chrono::seconds(60);

}  // namespace

void ProcessRecords::begin(Instant now, const ProcessId& process) {
    under_way_[process] = now + max_time_of_move;
}

void ProcessRecords::judge_departures(Instant now, std::span<const ProcessState> processes,
                                      std::span<const AwayProcess> away) {
    std::erase_if(departures_, [&](const auto& departure) {
        const auto& [process, left] = departure;
        // What was measured before the move ended may still have it here.
        const bool is_measured = now - left >= tuning::decision_interval;
        const bool is_here = std::ranges::find(processes, process, &ProcessState::id) != processes.end();
        if (now - left < tuning::min_stay && !(is_measured && is_here)) {
            return false;
        }
        if (std::ranges::find(away, process, &AwayProcess::id) != away.end()) {
            reasons_.forget(process);
        } else {
            reasons_.remember(now, process, "it was home again soon after it had left");
        }
        return true;
    });
}

void ProcessRecords::forget(const ProcessId& process) {
    reasons_.forget(process);
    home_pauses_.erase(process);
    departures_.erase(process);
}

void ProcessRecords::gone(const ProcessId& process) {
    forget(process);
    under_way_.erase(process);
}

void ProcessRecords::forget_old(Instant now) {
    reasons_.forget_old(now);
    const auto is_over = [now](const auto& item) { return item.second <= now; };
    std::erase_if(home_pauses_, is_over);
    std::erase_if(under_way_, is_over);
}

}  // namespace openmosix::balance
