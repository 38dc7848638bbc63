// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/load_average.h"

#include <algorithm>
#include <cmath>

#include "balance/tuning.h"

namespace openmosix::balance {

void LoadAverage::sample(Instant now, double runnable) {
    mean_ = value(now);
    updated_ = now;
    runnable_ = runnable;
}

void LoadAverage::add(Instant now, double processes) {
    mean_ = std::max(value(now) + processes, 0.0);
    updated_ = now;
    runnable_ = std::max(runnable_ + processes, 0.0);
}

double LoadAverage::value(Instant now) const {
    const double kept = std::exp(-to_seconds(now - updated_) / to_seconds(tuning::load_time_constant));
    return runnable_ + (mean_ - runnable_) * kept;
}

}  // namespace openmosix::balance
