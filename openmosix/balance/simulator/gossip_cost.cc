// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/simulator/gossip_cost.h"

#include "balance/simulator/virtual_cluster.h"
#include "balance/tuning.h"

namespace openmosix::balance::simulator {
namespace {

/// UDP and IPv4 inside, WireGuard's header and tag, UDP and IPv4 outside.
constexpr double headers = 8 + 20 + 32 + 8 + 20;

}  // namespace

GossipCost measure_gossip_cost(std::size_t nodes, std::uint64_t seed) {
    VirtualCluster cluster(seed, Policy::ours, {});
    for (std::size_t node = 0; node < nodes; ++node) {
        cluster.add_node({.processors = {}, .lie = {}});
    }
    constexpr Instant time = std::chrono::seconds(30);
    cluster.run_until(time);
    cluster.reset_gossip_traffic();
    cluster.run_until(2 * time);
    const GossipTraffic& traffic = cluster.gossip_traffic();
    const double bytes = static_cast<double>(traffic.bytes) + headers * static_cast<double>(traffic.messages);
    GossipCost cost{.bytes_per_second = bytes / to_seconds(time) / static_cast<double>(nodes)};
    double ages = 0;
    std::size_t known = 0;
    for (NodeId id = 1; id <= cluster.node_count(); ++id) {
        const VirtualNode& node = cluster.node(id);
        const Instant now = node.local_time(cluster.now());
        for (const KnownNode& other : node.gossip.view().known(now, tuning::max_age_for_decision)) {
            ages += to_seconds(now - other.said);
            ++known;
        }
    }
    cost.known_nodes = static_cast<double>(known) / static_cast<double>(nodes);
    cost.mean_age = known == 0 ? 0 : ages / static_cast<double>(known);
    return cost;
}

}  // namespace openmosix::balance::simulator
