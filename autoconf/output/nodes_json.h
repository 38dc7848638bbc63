// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "membership/member_view.h"

namespace clusterdisc {

/// The name of an interface.
using InterfaceName = std::function<std::string(std::uint32_t index)>;

/// The file nodes.json: all that the agent knows of the cluster, for people and programs.
///
///     {"version": 1, "cluster": "lab",
///      "self": {"identity": "…", "id": 12, "stage": "member", "name": "pc12", "plain": false},
///      "members": [{"id": 12, "name": "pc12", "address": "10.77.0.12", "identity": "…", "condition": "alive",
///                   "stage": "member", "in_map": true, "found": "self", "path": null, "round_trip_us": null,
///                   "since": 123.456, "busy": false}, …]}
///
/// `id` is null as long as there is none. `condition`: alive, suspect, dead or left; `stage`: joining, claiming or
/// member; `found`: self, multicast, avahi, static or gossip; `path`: {"link": "eth0", "address": "…", "port": 5428};
/// `since`: seconds of CLOCK_BOOTTIME.
std::string to_nodes_json(const ClusterView& view, const std::string& cluster, const InterfaceName& interface_name);

/// A member as it stands in the file.
struct ListedMember {
    std::optional<NodeId> id;
    std::string name;
    std::string address;
    std::string identity;
    std::string condition;
    std::string stage;
    bool is_self = false;
    bool in_map = false;
    bool busy = false;
    std::string found;
    /// `eth0 fe80::1`; empty when there is none.
    std::string path;
    std::optional<double> round_trip_us;
    double since = 0;
};

struct ListedCluster {
    std::string cluster;
    std::optional<NodeId> own_id;
    std::string own_stage;
    std::vector<ListedMember> members;
};

inline constexpr std::size_t max_nodes_json = std::size_t{64} << 20U;

/// The inverse. None when it is not such a file.
std::optional<ListedCluster> parse_nodes_json(std::string_view text);

}  // namespace clusterdisc
