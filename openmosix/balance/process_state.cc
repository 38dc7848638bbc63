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

bool contains(std::span<const NodeSpan> spans, NodeId node) {
    return std::ranges::any_of(spans, [node](const NodeSpan& span) { return span.first <= node && node <= span.last; });
}

bool is_allowed(const ProcessState& process, NodeId node) {
    return node == process.id.home || process.allowed.empty() || contains(process.allowed, node);
}

}  // namespace openmosix::balance
