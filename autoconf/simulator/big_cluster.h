// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "membership/member_view.h"

namespace clusterdisc::simulator {

struct BootResult {
    /// From the first node's start until every node's map has every node; negative when that did not come.
    double agreed_after_seconds = -1;
    /// Bytes per second and node, of the wire, a minute long.
    double idle_sent = 0;
    double idle_received = 0;
    /// Bytes per node until all agreed.
    double boot_received = 0;
};

/// Switches on so many PCs on one Ethernet within `spread`, and then lets them be.
BootResult boot_big_cluster(std::uint64_t seed, std::size_t nodes, Instant spread);

}  // namespace clusterdisc::simulator
