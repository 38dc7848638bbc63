// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/sent_work.h"

#include <algorithm>

#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

/// Between the decision and the reservation at the target.
constexpr Instant time_to_reservation = std::chrono::milliseconds(100);

}  // namespace

void SentWork::add(Instant now, const ProcessState& process, NodeId target) {
    sent_.push_back(
        {.process = process.id, .target = target, .when = now, .demand = process.demand, .pages = process.pages});
}

void SentWork::remove(const Move& move) {
    std::erase_if(sent_,
                  [&move](const Sent& sent) { return sent.process == move.process && sent.target == move.target; });
}

void SentWork::forget_old(Instant now) {
    std::erase_if(sent_, [now](const Sent& sent) { return now - sent.when > tuning::max_age_for_decision; });
}

NodeState SentWork::added_to(const KnownNode& node) const {
    NodeState state = node.state;
    double runnable = state.runnable();
    for (const Sent& sent : sent_) {
        if (sent.target == state.node && node.said < sent.when + time_to_reservation) {
            runnable += sent.demand;
            state.free_pages -= std::min(state.free_pages, sent.pages);
        }
    }
    state.runnable_hundredths = to_hundredths(runnable);
    return state;
}

}  // namespace openmosix::balance
