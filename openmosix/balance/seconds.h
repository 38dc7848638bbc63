// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cmath>
#include <cstdint>

#include "common/instant.h"

namespace openmosix::balance {

using clusterdisc::Instant;

inline double to_seconds(Instant time) {
    return static_cast<double>(time.count()) / 1e6;
}

/// Rounded up, so that what takes some time never takes none. Not for more than 10^12 seconds.
inline Instant from_seconds(double seconds) {
    return Instant(static_cast<std::int64_t>(std::ceil(seconds * 1e6)));
}

}  // namespace openmosix::balance
