// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>

#include "membership/link.h"
#include "membership/member_view.h"
#include "membership/peer_table.h"

namespace clusterdisc {

/// What the outputs show of a table: ourselves first, since `started` and on the first of our links, then all known
/// nodes by id and identity.
ClusterView make_cluster_view(const PeerTable& table, std::span<const Link> links, Instant started);

}  // namespace clusterdisc
