// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/decision_history.h"

#include <algorithm>

#include "balance/tuning.h"

namespace openmosix::balance {

void DecisionHistory::record(const ProcessId& process, Decision decision) {
    const auto [found, is_new] = processes_.try_emplace(process);
    Decisions& entry = found->second;
    if (!is_new) {
        by_use_.erase(entry.last_use);
    }
    entry.last_use = ++uses_;
    by_use_[entry.last_use] = process;
    const bool is_same = !entry.decisions.empty() && entry.decisions.back().outcome == decision.outcome &&
                         !std::holds_alternative<MoveDecided>(decision.outcome);
    if (is_same) {
        entry.decisions.pop_back();
    }
    entry.decisions.push_back(std::move(decision));
    if (entry.decisions.size() > tuning::max_decisions_of_process) {
        entry.decisions.pop_front();
    }
    if (processes_.size() > tuning::max_explained_processes) {
        forget_oldest();
    }
}

void DecisionHistory::add_result(const ProcessId& process, const std::string& result) {
    const auto found = processes_.find(process);
    if (found == processes_.end()) {
        return;
    }
    auto& decisions = found->second.decisions;
    const auto last = std::find_if(decisions.rbegin(), decisions.rend(), [](const Decision& decision) {
        return std::holds_alternative<MoveDecided>(decision.outcome);
    });
    if (last != decisions.rend()) {
        last->detail = result;
    }
}

std::vector<Decision> DecisionHistory::of(const ProcessId& process) const {
    const auto found = processes_.find(process);
    if (found == processes_.end()) {
        return {};
    }
    return {found->second.decisions.begin(), found->second.decisions.end()};
}

void DecisionHistory::forget(const ProcessId& process) {
    if (const auto found = processes_.find(process); found != processes_.end()) {
        by_use_.erase(found->second.last_use);
        processes_.erase(found);
    }
}

void DecisionHistory::forget_oldest() {
    const auto oldest = by_use_.begin();
    processes_.erase(oldest->second);
    by_use_.erase(oldest);
}

}  // namespace openmosix::balance
