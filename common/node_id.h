// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace clusterdisc {

/// A node's number in the cluster, 1 to 65534. 0 stands for none.
using NodeId = std::uint16_t;
inline constexpr NodeId last_node_id = 65534;

}  // namespace clusterdisc
