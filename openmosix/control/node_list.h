// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/node_id.h"
#include "common/node_map.h"

namespace openmosix {

/// Node ids from `first` to `last`.
struct NodeRange {
    clusterdisc::NodeId first = 0;
    clusterdisc::NodeId last = 0;

    bool operator==(const NodeRange&) const = default;
};

/// `1-4,7`: ids and ranges of ids, 1 to 65534; none when it is no such list.
std::optional<std::vector<NodeRange>> parse_node_list(std::string_view text);

/// The nodes of a map, in order, without gaps between ranges that touch.
std::vector<NodeRange> nodes_of(std::span<const clusterdisc::NodeMapEntry> entries);

bool contains(std::span<const NodeRange> ranges, clusterdisc::NodeId node);

/// The ids that are in both, at most `most` of them.
std::vector<clusterdisc::NodeId> common_nodes(std::span<const NodeRange> ranges, std::span<const NodeRange> others,
                                              std::size_t most);

/// For people: `1, 2, 5-9`; `none` when there are none.
std::string to_text(std::span<const NodeRange> ranges);

}  // namespace openmosix
