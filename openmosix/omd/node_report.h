// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "balance/node_state.h"
#include "control/node_list.h"

namespace openmosix {

/// What a node knows of all nodes, for programs that show it: {"own":1,"nodes":[...]} with an object for each member,
///
///     {"node":2,"load":250,"runnable":1.5,"speed":10000,"cpus":2,"free_memory_kb":1,"total_memory_kb":2,"guests":1,
///      "remarks":"block,own user"}
///
/// which has nothing but "node" when nothing was heard of it lately. "own" is missing as long as this node has no id;
/// "load" is as in /proc/hpc, "remarks" as mosctl why shows them.
nlohmann::json node_report(const std::vector<NodeRange>& members, std::optional<clusterdisc::NodeId> own,
                           const std::map<clusterdisc::NodeId, balance::NodeState>& known);

}  // namespace openmosix
