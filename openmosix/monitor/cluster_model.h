// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "common/node_id.h"

namespace openmosix::monitor {

/// What is shown of a node.
struct NodeFacts {
    enum class Condition : std::uint8_t {
        up,
        /// A member of which nothing was heard lately, or one that has left while the monitor ran.
        dead,
        /// A member of a cluster where load is not told.
        unknown,
    };
    Condition condition = Condition::unknown;
    /// The unit of /proc/hpc: 250 is one runnable process for each processor of the standard speed.
    std::uint64_t load = 0;
    std::uint64_t speed = 0;
    std::uint64_t processors = 0;
    std::uint64_t free_memory_kb = 0;
    std::uint64_t total_memory_kb = 0;
    std::uint64_t guests = 0;
    /// `block,own user`.
    std::string remarks;

    NodeFacts() = default;
    explicit NodeFacts(Condition state) : condition(state) {}
    bool operator==(const NodeFacts&) const = default;
};

/// Sums over all nodes that are up.
struct ClusterTotals {
    std::size_t nodes_up = 0;
    std::size_t nodes = 0;
    std::uint64_t load = 0;
    std::uint64_t processors = 0;
    std::uint64_t free_memory_kb = 0;
    std::uint64_t total_memory_kb = 0;
    std::uint64_t guests = 0;

    bool operator==(const ClusterTotals&) const = default;
};

/// The nodes of the cluster as omd sees them (omd/node_report.h).
class ClusterModel {
public:
    /// Takes omd's answer, which may be any object. A node that is no longer in it stays as dead.
    void take(const nlohmann::json& answer);

    [[nodiscard]] const std::map<clusterdisc::NodeId, NodeFacts>& nodes() const { return nodes_; }
    [[nodiscard]] std::optional<clusterdisc::NodeId> own() const { return own_; }
    [[nodiscard]] bool is_load_told() const { return is_load_told_; }
    [[nodiscard]] ClusterTotals totals() const;

private:
    std::map<clusterdisc::NodeId, NodeFacts> nodes_;
    std::optional<clusterdisc::NodeId> own_;
    bool is_load_told_ = true;
};

}  // namespace openmosix::monitor
