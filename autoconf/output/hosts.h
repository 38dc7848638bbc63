// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "membership/member_view.h"
#include "output/nodes_json.h"

namespace clusterdisc {

/// A hosts(5) file: `base`, then a line for each member: its address, `node<ID>` and `<host name>.cluster`. A host name
/// that two members have, that has a dot, or that looks like a node's, is left out; so is a member whose address needs
/// an interface, which a hosts file cannot say.
std::string to_hosts(std::string_view base, const ClusterView& view, const InterfaceName& interface_name);

/// Names for MPI and the like, one member per line: `node<ID>`.
std::string to_machine_file(const ClusterView& view);

}  // namespace clusterdisc
