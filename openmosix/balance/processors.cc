// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/processors.h"

#include <algorithm>

#include "balance/tuning.h"

namespace openmosix::balance {

double throughput(const Processors& processors, double runnable) {
    const double cores = processors.cores;
    const double siblings = std::max(processors.threads - processors.cores, 0);
    const double on_cores = std::clamp(runnable, 0.0, cores);
    const double on_siblings = std::clamp(runnable - cores, 0.0, siblings);
    return std::min(on_cores + tuning::sibling_share * on_siblings, processors.limit / 100.0);
}

double capacity(const Processors& processors) {
    return throughput(processors, processors.threads);
}

double processor_share(const Processors& processors, double runnable) {
    const double processes = std::max(runnable, 1.0);
    return throughput(processors, processes) / processes;
}

}  // namespace openmosix::balance
