// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/command_history.h"

#include <algorithm>

#include "balance/tuning.h"

namespace openmosix::balance {

void CommandHistory::ended(const std::string& command, const ProgramNeeds& needs) {
    const auto [found, is_new] = known_.try_emplace(command, Known{.mean = needs});
    Known& known = found->second;
    known.last_use = ++uses_;
    if (!is_new) {
        const auto mix = [](double& mean, double value) { mean += (value - mean) * tuning::measurement_weight; };
        mix(known.mean.work, needs.work);
        mix(known.mean.calls_per_work, needs.calls_per_work);
        mix(known.mean.call_bytes_per_work, needs.call_bytes_per_work);
        mix(known.mean.demand, needs.demand);
        // The memory is what must be there: the largest of late counts.
        known.mean.pages = std::max(needs.pages, known.mean.pages - known.mean.pages / 8);
    }
    if (known_.size() > tuning::max_known_commands) {
        known_.erase(std::ranges::min_element(known_, {}, [](const auto& item) { return item.second.last_use; }));
    }
}

std::optional<ProgramNeeds> CommandHistory::find(const std::string& command) const {
    const auto found = known_.find(command);
    return found == known_.end() ? std::nullopt : std::optional(found->second.mean);
}

ProgramNeeds CommandHistory::expected(const std::string& command) const {
    return find(command).value_or(ProgramNeeds{.work = tuning::unknown_work});
}

}  // namespace openmosix::balance
