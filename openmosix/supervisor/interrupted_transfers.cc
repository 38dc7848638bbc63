// SPDX-License-Identifier: GPL-2.0-or-later
// Calls at home that had moved a part of their bytes when a move interrupted them.
#include "freeze/interrupted_transfer.h"

#include <algorithm>

#include "calls/partial_transfer.h"
#include "supervisor/home_supervisor.h"
#include "tracee/kernel_result.h"

namespace openmosix {

bool HomeSupervisor::go_on_with_transfer(const Deputy::Event& event) {
    // A signal that the program catches would have ended the call, too.
    const std::int64_t value = event.value;
    if (!event.signals.empty() || is_restarted_call_ || !deputy_->is_standing()) {
        return false;
    }
    if (value <= 0 && !is_broken_off(value)) {
        return false;
    }
    const auto last = static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
    const auto rest = rest_of_transfer(agent_->abi(), request_, transferred_ + last);
    if (!rest || may_end_early(options_.pid, agent_->abi(), request_)) {
        return false;
    }
    transferred_ += last;
    deputy_->execute(*rest, call_mask_, Deputy::Entry::plain);
    return true;
}

}  // namespace openmosix
