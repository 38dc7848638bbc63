// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "balance/seconds.h"

namespace openmosix::balance {

/// The mean number of runnable processes of a node, older times counting less and less (exponential decay with
/// tuning::load_time_constant). Samples may come at any times; between two of them the first one holds.
class LoadAverage {
public:
    /// So many processes run or could run from `now` on. `now` never goes back.
    void sample(Instant now, double runnable);

    /// A process has just arrived (+1) or left (-1): counts at once, before any sample shows it, so that neither this
    /// node nor another acts on the load of a moment ago.
    void add(Instant now, double processes);

    [[nodiscard]] double value(Instant now) const;

private:
    double mean_ = 0;
    double runnable_ = 0;
    Instant updated_{};
};

}  // namespace openmosix::balance
