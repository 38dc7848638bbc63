// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/guest_time.h"

#include <algorithm>

namespace openmosix {

GuestTime::GuestTime(std::uint64_t at_home, const UsedTime& elsewhere, const UsedTime& counted)
    : at_home_(std::min(at_home, max_used_time)), before_(grown({}, elsewhere, max_used_time)),
      counted_(grown({}, counted, max_used_time)) {}

void GuestTime::set_body(std::uint64_t all, std::uint64_t system) {
    // Either part grows by no more than the sum, so that the other one does not decrease.
    const std::uint64_t more = all - std::min(all, body_.sum());
    const std::uint64_t more_system = std::min(system - std::min(system, body_.system), more);
    body_ = body_ + UsedTime{more - more_system, more_system};
}

std::uint64_t GuestTime::all(std::uint64_t body) const {
    return at_home_ + before_.sum() + std::max(body, body_.sum());
}

}  // namespace openmosix
