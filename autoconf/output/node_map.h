// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "membership/member_view.h"
#include "output/nodes_json.h"

namespace clusterdisc {

/// Where other nodes find a member: its overlay address; when it is plain, an address of its own that is not
/// link-local, else that of the path to it. Empty when a plain member has none.
std::string member_address(const MemberView& member, const InterfaceName& interface_name);

/// The node map in openMosix syntax: one line `id address 1` for each member, by id. Only the heading as long as this
/// node itself is no member.
std::string to_node_map(const ClusterView& view, const InterfaceName& interface_name);

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

inline constexpr std::size_t longest_node_map = std::size_t{8} << 20U;

/// Three fields to a line, separated by blanks; # starts a comment; the third may be ALIAS. (The map(5) of openMosix's
/// setpe(1).)
std::variant<std::vector<NodeMapEntry>, NodeMapError> parse_node_map(std::string_view text);

}  // namespace clusterdisc
