// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "membership/member_view.h"
#include "output/nodes_json.h"

namespace clusterdisc {

/// Where other nodes find a member: its overlay address; when it is plain, an address of its own that is not
/// link-local, else that of the path to it. Empty when a plain member has none.
std::string member_address(const MemberView& member, const InterfaceName& interface_name);

/// The node map in openMosix syntax: one line `id address 1` for each member, by id. Only the heading as long as this
/// node itself is no member.
std::string to_node_map(const ClusterView& view, const InterfaceName& interface_name);

}  // namespace clusterdisc
