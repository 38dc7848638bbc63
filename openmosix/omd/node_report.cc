// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/node_report.h"

#include <cstdint>

#include "balance/explanation.h"
#include "balance/plausibility.h"

namespace openmosix {

namespace {

nlohmann::json describe(clusterdisc::NodeId node, const balance::NodeState& reported) {
    constexpr std::uint64_t kilobytes_of_page = balance::page_size / 1024;
    const balance::NodeState state = balance::clamped(reported);
    return {{"node", node},
            {"load", balance::openmosix_load(state.runnable(), state.processors, state.speed)},
            {"runnable", state.runnable()},
            {"speed", state.speed},
            {"cpus", state.processors.threads},
            {"free_memory_kb", state.free_pages * kilobytes_of_page},
            {"total_memory_kb", state.total_pages * kilobytes_of_page},
            {"guests", state.guests},
            {"remarks", balance::remarks_of(state)}};
}

}  // namespace

nlohmann::json node_report(const std::vector<NodeRange>& members, std::optional<clusterdisc::NodeId> own,
                           const std::map<clusterdisc::NodeId, balance::NodeState>& known) {
    nlohmann::json nodes = nlohmann::json::array();
    for (const NodeRange& range : members) {
        for (std::uint32_t number = range.first; number <= range.last; ++number) {
            const auto node = static_cast<clusterdisc::NodeId>(number);
            // Where load is not told, members are known without anything about them.
            const auto found = known.find(node);
            const bool is_known = found != known.end() && found->second.total_pages > 0;
            nodes.push_back(is_known ? describe(node, found->second) : nlohmann::json{{"node", node}});
        }
    }
    nlohmann::json report{{"nodes", std::move(nodes)}};
    if (own) {
        report["own"] = *own;
    }
    return report;
}

}  // namespace openmosix
