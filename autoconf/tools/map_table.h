// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/node_map.h"

namespace clusterdisc {

/// The node map as showmap(1) of openMosix printed it: ids in hexadecimal with four digits, the own one first.
std::string to_map_table(std::optional<NodeId> own_id, const std::vector<NodeMapEntry>& entries);

}  // namespace clusterdisc
