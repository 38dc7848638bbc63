// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/pace.h"

namespace openmosix::balance {

double pace(const NodeState& node, double runnable) {
    return processor_share(node.processors, runnable) * node.speed / standard_speed;
}

double pace_away(const NodeState& node, double runnable, double call_seconds_of_work) {
    return 1 / (1 / pace(node, runnable) + call_seconds_of_work);
}

}  // namespace openmosix::balance
