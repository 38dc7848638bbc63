// SPDX-License-Identifier: GPL-2.0-or-later
#include "restart_delay.h"

#include <algorithm>

namespace clusterdisc {

RestartDelay::Duration RestartDelay::next(Duration has_run) {
    last_ = has_run >= proven ? shortest : std::clamp(last_ * 2, shortest, longest);
    return last_;
}

}  // namespace clusterdisc
