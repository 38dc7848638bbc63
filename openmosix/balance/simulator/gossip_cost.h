// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace openmosix::balance::simulator {

/// What load information costs and brings in a cluster of a size.
struct GossipCost {
    /// Sent by each node, with the headers of UDP, IPv4, WireGuard and IPv4 under it.
    double bytes_per_second = 0;
    /// Other nodes of which each has a report that is young enough for decisions, and the mean age of these in seconds.
    double known_nodes = 0;
    double mean_age = 0;
};

/// Half a minute of an idle cluster, after half a minute in which it has started.
GossipCost measure_gossip_cost(std::size_t nodes, std::uint64_t seed);

}  // namespace openmosix::balance::simulator
