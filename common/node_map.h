// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/address.h"
#include "common/node_id.h"

namespace clusterdisc {

/// A line of a node map: ids from `first` on, `count` of them, whose addresses count up, too.
struct NodeMapEntry {
    NodeId first = 0;
    std::string address;
    /// 0: another address of a node that is already there (ALIAS).
    unsigned count = 1;

    bool operator==(const NodeMapEntry&) const = default;
};

struct NodeMapError {
    std::size_t line = 0;
    std::string text;
};

inline constexpr std::size_t max_node_map = std::size_t{8} << 20U;

/// Three fields to a line, separated by blanks; # starts a comment; the third may be ALIAS. (The map(5) of openMosix's
/// setpe(1).) A node id stands in one range only, whose addresses all exist.
std::variant<std::vector<NodeMapEntry>, NodeMapError> parse_node_map(std::string_view text);

/// The address of a node as the map has it, which may be a host name; none of a node that is not in the map. Its
/// aliases do not count.
std::optional<std::string> address_in_map(std::span<const NodeMapEntry> entries, NodeId node);

/// The node that has this IP address, which may be an alias; none when there is no such node. Host names in the map are
/// not looked up.
std::optional<NodeId> node_in_map(std::span<const NodeMapEntry> entries, const IpAddress& address);

}  // namespace clusterdisc
