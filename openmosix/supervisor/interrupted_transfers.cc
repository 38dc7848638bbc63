// SPDX-License-Identifier: GPL-2.0-or-later
// Calls at home that had moved a part of their bytes when a move interrupted them.
#include "freeze/interrupted_transfer.h"

#include <algorithm>

#include "calls/partial_transfer.h"
#include "supervisor/home_supervisor.h"
#include "tracee/kernel_result.h"

namespace openmosix {

bool HomeSupervisor::go_on_with_transfer(const std::vector<Deputy::Event>& events) {
    // A signal that the program catches would have ended the call, too.
    const bool is_by_us = events.size() == 1 && events.front().kind == Deputy::Event::Kind::call_ended;
    if (!is_by_us || is_restarted_call_ || !deputy_->is_standing() ||
        may_end_early(options_.pid, agent_->abi(), request_)) {
        return false;
    }
    const std::int64_t value = events.front().value;
    if (value <= 0 && !is_broken_off(value)) {
        return false;
    }
    const auto last = static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
    const auto rest = rest_of_transfer(agent_->abi(), request_, transferred_ + last);
    if (!rest) {
        return false;
    }
    transferred_ += last;
    deputy_->execute(*rest, call_mask_);
    return true;
}

}  // namespace openmosix
