// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor/time_reports.h"

#include <algorithm>

namespace openmosix {

bool TimeReports::take(const UsedTime& used, bool is_running, std::uint64_t least, Instant now) {
    const bool is_told = without(used, told_).sum() >= least;
    has_run_ = is_running;
    pause_ = is_told || !is_running ? min_pause : std::min(2 * pause_, max_pause);
    next_ = now + pause_;
    if (is_told) {
        told_ = used;
    }
    return is_told;
}

}  // namespace openmosix
