// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/cluster_model.h"

#include <algorithm>

#include "common/printable_text.h"
#include "control/process_list.h"

namespace openmosix::monitor {

namespace {

using Condition = NodeFacts::Condition;
using clusterdisc::NodeId;

/// No node has more, so that sums of all of them fit.
constexpr std::uint64_t max_figure = std::uint64_t{1} << 47U;

NodeFacts to_facts(const nlohmann::json& node) {
    NodeFacts facts(Condition::up);
    facts.load = number_in(node, "load", max_figure);
    facts.speed = number_in(node, "speed", max_figure);
    facts.processors = number_in(node, "cpus", max_figure);
    facts.total_memory_kb = number_in(node, "total_memory_kb", max_figure);
    facts.free_memory_kb = std::min(number_in(node, "free_memory_kb", max_figure), facts.total_memory_kb);
    facts.guests = number_in(node, "guests", max_figure);
    facts.remarks = clusterdisc::shown(text_in(node, "remarks"));
    return facts;
}

}  // namespace

void ClusterModel::take(const nlohmann::json& answer) {
    const auto told = answer.find("is_load_told");
    is_load_told_ = told == answer.end() || !told->is_boolean() || told->get<bool>();
    const auto own = static_cast<NodeId>(number_in(answer, "own", clusterdisc::last_node_id));
    own_ = own == 0 ? std::nullopt : std::optional(own);
    for (auto& [node, facts] : nodes_) {
        facts = NodeFacts(Condition::dead);
    }
    for (const auto& each : answer.value("nodes", nlohmann::json::array())) {
        const auto node = static_cast<NodeId>(number_in(each, "node", clusterdisc::last_node_id));
        if (node == 0) {
            continue;
        }
        const Condition otherwise = is_load_told_ ? Condition::dead : Condition::unknown;
        nodes_[node] = each.contains("load") ? to_facts(each) : NodeFacts(otherwise);
    }
}

ClusterTotals ClusterModel::totals() const {
    ClusterTotals totals;
    totals.nodes = nodes_.size();
    for (const auto& [node, facts] : nodes_) {
        totals.nodes_up += facts.condition == Condition::up ? 1 : 0;
        totals.load += facts.load;
        totals.processors += facts.processors;
        totals.free_memory_kb += facts.free_memory_kb;
        totals.total_memory_kb += facts.total_memory_kb;
        totals.guests += facts.guests;
    }
    return totals;
}

}  // namespace openmosix::monitor
