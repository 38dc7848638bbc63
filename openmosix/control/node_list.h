// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/address.h"
#include "common/node_id.h"
#include "common/node_map.h"

namespace openmosix {

/// Node ids from `first` to `last`.
struct NodeRange {
    clusterdisc::NodeId first = 0;
    clusterdisc::NodeId last = 0;

    bool operator==(const NodeRange&) const = default;
};

/// A list of more parts is refused.
inline constexpr std::size_t max_node_ranges = 1024;

/// `1-4,7`: at most max_node_ranges ids and ranges of ids, 1 to 65534, in any order; none when it is no such list. In
/// the result they are in order, and those that touch or overlap are one.
std::optional<std::vector<NodeRange>> parse_node_list(std::string_view text);
/// What is wrong with a text that is no such list.
std::string node_list_problem(std::string_view text);

/// The nodes of a map, in order, without gaps between ranges that touch.
std::vector<NodeRange> nodes_of(std::span<const clusterdisc::NodeMapEntry> entries);

/// The ranges must be in order and apart, as the functions above give them.
bool contains(std::span<const NodeRange> ranges, clusterdisc::NodeId node);

struct NodeAddress {
    clusterdisc::NodeId node = 0;
    clusterdisc::IpAddress address;
};

/// The nodes of a map that are in the ranges (as of contains()) and have an address, not a name, there.
std::vector<NodeAddress> addresses_among(std::span<const clusterdisc::NodeMapEntry> entries,
                                         std::span<const NodeRange> ranges);

/// For people: `1, 2, 5-9`; `none` when there are none.
std::string to_text(std::span<const NodeRange> ranges);

}  // namespace openmosix
