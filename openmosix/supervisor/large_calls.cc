// SPDX-License-Identifier: GPL-2.0-or-later
// Calls at home whose buffers the forwarding area cannot hold.
#include "calls/call_area_limit.h"
#include "supervisor/home_supervisor.h"

namespace openmosix {

bool HomeSupervisor::provide_area() {
    release_area();
    if (request_.area <= agent_area::forwarding_size) {
        return true;
    }
    if (request_.area <= call_area_limit()) {
        large_area_ = LargeArea::map(*agent_, *memory_, request_.area);
    }
    if (!large_area_) {
        return false;
    }
    deputy_->use_area(&*large_area_);
    return true;
}

void HomeSupervisor::release_area() {
    // While it is stopped by a signal the deputy makes no calls: then with the next one, or when the process is home.
    if (large_area_ && deputy_->is_standing()) {
        deputy_->use_area(nullptr);
        large_area_->unmap(*agent_);
        large_area_.reset();
    }
}

void HomeSupervisor::send_home_for_call(std::uint64_t sequence) {
    Result result;
    result.sequence = sequence;
    result.is_for_home = true;
    peer_->send(result);
}

}  // namespace openmosix
