// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "simulator/virtual_network.h"

namespace clusterdisc::simulator {

/// What must hold whatever happens, checked against what the world really is, which no agent knows:
/// - no node map has one node id twice;
/// - a node that runs, and that messages reach, is never taken out of a map, unless it changes its id;
/// - a busy node keeps its id, unless the other one is busy as well.
class Invariants {
public:
    explicit Invariants(VirtualNetwork& network);

    /// After an event of this node.
    void check(std::size_t node);
    /// When nothing has happened for long enough: all running nodes that reach each other have the same map, with each
    /// of them in it.
    void check_agreement();
    /// What was broken, with the virtual time.
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

private:
    using Map = std::map<Identity, NodeId>;

    [[nodiscard]] Map map_of(std::size_t node) const;
    void check_unique(std::size_t node);
    void check_removals(std::size_t node, const Map& map);
    void check_own_id(std::size_t node);
    [[nodiscard]] bool has_reason_to_remove(std::size_t node, const Identity& identity, NodeId id) const;
    void violate(std::size_t node, const std::string& text);

    VirtualNetwork& network_;
    std::vector<Map> maps_;
    std::vector<std::pair<Identity, NodeId>> own_;
    std::vector<std::string> violations_;
};

}  // namespace clusterdisc::simulator
