// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/reason_memory.h"

#include <algorithm>

#include "balance/tuning.h"

namespace openmosix::balance {

void ReasonMemory::remember(Instant now, const ProcessId& process, const std::string& reason) {
    Reason& remembered = reasons_[process];
    remembered.pause = remembered.pause == Instant::zero() ? tuning::first_reason_pause
                                                           : std::min(2 * remembered.pause, tuning::max_reason_pause);
    remembered.again = now + remembered.pause;
    remembered.text = reason;
}

bool ReasonMemory::is_paused(Instant now, const ProcessId& process) const {
    const auto found = reasons_.find(process);
    return found != reasons_.end() && now < found->second.again;
}

std::string ReasonMemory::reason(const ProcessId& process) const {
    const auto found = reasons_.find(process);
    return found == reasons_.end() ? std::string() : found->second.text;
}

void ReasonMemory::forget_old(Instant now) {
    std::erase_if(reasons_, [now](const auto& item) { return now > item.second.again + 2 * tuning::max_reason_pause; });
}

}  // namespace openmosix::balance
