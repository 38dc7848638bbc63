// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>

namespace clusterdisc {

/// Time since an arbitrary start, never set back: CLOCK_BOOTTIME in the daemons, virtual in the simulator. Wall-clock
/// time plays no part: a PC whose clock says 1970 is as good as any.
using Instant = std::chrono::microseconds;

}  // namespace clusterdisc
