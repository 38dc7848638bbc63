// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/process_state.h"

#include <algorithm>

#include "balance/tuning.h"

namespace openmosix::balance {

void remember_departure(std::vector<FormerNode>& former, const FormerNode& left) {
    std::erase_if(former, [&left](const FormerNode& other) { return other.node == left.node; });
    former.insert(former.begin(), left);
    former.resize(std::min(former.size(), tuning::max_former_nodes));
}

bool is_allowed(const ProcessState& process, NodeId node) {
    return node == process.id.home || process.allowed.empty() ||
           std::ranges::any_of(process.allowed,
                               [node](const NodeSpan& span) { return span.first <= node && node <= span.last; });
}

}  // namespace openmosix::balance
