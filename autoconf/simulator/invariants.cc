// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/invariants.h"

#include <algorithm>
#include <set>

#include "membership/tuning.h"

namespace clusterdisc::simulator {
namespace {

/// How long after a disturbance of a node its removal may be a late consequence of it.
constexpr Instant aftermath = std::chrono::seconds(12);
/// How long after its reset news of a node's former run may come from a part of the network that knows no better.
constexpr Instant ghost_time = std::chrono::seconds(60);

}  // namespace

Invariants::Invariants(VirtualNetwork& network) : network_(network) {
    network.on_change([this](std::size_t node) { check(node); });
}

void Invariants::check(std::size_t node) {
    maps_.resize(network_.size());
    own_.resize(network_.size());
    check_unique(node);
    Map map = map_of(node);
    check_removals(node, map);
    maps_.at(node) = std::move(map);
    check_own_id(node);
}

void Invariants::check_agreement() {
    std::set<NodeId> ids;
    for (std::size_t node = 0; node < network_.size(); ++node) {
        if (network_.power(node) != Power::running) {
            continue;
        }
        const Map map = map_of(node);
        for (std::size_t other = 0; other < network_.size(); ++other) {
            if (network_.power(other) != Power::running || !network_.are_connected(node, other)) {
                continue;
            }
            const NodeRecord& record = network_.agent(other).self();
            const auto entry = map.find(record.identity);
            if (entry == map.end()) {
                violate(node, "node " + std::to_string(other) + " (id " + std::to_string(record.id) + ", stage " +
                                  std::to_string(static_cast<int>(record.stage)) + ") is not in its map at the end");
            } else if (entry->second != record.id) {
                violate(node, "node " + std::to_string(other) + " has another id in its map at the end");
            }
        }
        for (const auto& [identity, id] : map) {
            const auto other = network_.find(identity);
            if (!other || network_.power(*other) != Power::running ||
                network_.agent(*other).self().identity != identity) {
                violate(node, "id " + std::to_string(id) + " of a node that is gone is in its map at the end");
            }
        }
    }
}

Invariants::Map Invariants::map_of(std::size_t node) const {
    Map map;
    const Agent& agent = network_.agent(node);
    if (agent.self().stage == Stage::member) {
        map.emplace(agent.self().identity, agent.self().id);
    }
    for (const auto& [identity, peer] : agent.table().peers()) {
        if (peer.is_known() && agent.table().is_in_map(peer)) {
            map.emplace(identity, peer.record->id);
        }
    }
    return map;
}

void Invariants::check_unique(std::size_t node) {
    std::set<NodeId> ids;
    for (const auto& [identity, id] : map_of(node)) {
        if (id == 0 || !ids.insert(id).second) {
            violate(node, "id " + std::to_string(id) + " is in its map twice, or is none");
        }
    }
}

void Invariants::check_removals(std::size_t node, const Map& map) {
    for (const auto& [identity, id] : maps_.at(node)) {
        if (!map.contains(identity) && !has_reason_to_remove(node, identity, id)) {
            const Peer* const peer = network_.agent(node).table().find(identity);
            const std::string why = peer == nullptr || !peer->is_known()
                                        ? "forgotten"
                                        : "condition " + std::to_string(static_cast<int>(peer->condition)) + ", id " +
                                              std::to_string(peer->record->id) +
                                              (peer->is_reachable ? "" : ", out of reach");
            violate(node, "took node " + std::to_string(network_.find(identity).value_or(0)) + " (id " +
                              std::to_string(id) + "), which is alive and in reach, out of its map: " + why);
        }
    }
}

bool Invariants::has_reason_to_remove(std::size_t node, const Identity& identity, NodeId id) const {
    const std::size_t other = network_.find(identity).value_or(node);
    const Instant calm = std::max(network_.last_disturbance(node), network_.last_disturbance(other)) + aftermath;
    const bool is_calm = network_.now() >= calm;
    if (other == node || network_.power(other) == Power::off || network_.power(other) == Power::killed || !is_calm ||
        !network_.is_reachable(node, other)) {
        return true;
    }
    if (network_.power(other) == Power::frozen && network_.now() - network_.frozen_since(other) > tuning::max_freeze) {
        return true;
    }
    const NodeRecord& record = network_.agent(other).self();
    if (record.identity != identity || record.stage != Stage::member || record.id != id) {
        return true;
    }
    // It is about to lose its id to another node.
    for (std::size_t rival = 0; rival < network_.size(); ++rival) {
        // One that ended just now counts, too: nobody knows yet.
        const bool is_there =
            network_.power(rival) == Power::running || network_.power(rival) == Power::frozen ||
            (network_.has_booted(rival) && network_.now() < network_.last_disturbance(rival) + aftermath);
        if (rival != other && is_there && network_.agent(rival).self().id == id) {
            return true;
        }
    }
    return false;
}

void Invariants::check_own_id(std::size_t node) {
    const NodeRecord& self = network_.agent(node).self();
    const auto [identity, id] = own_.at(node);
    if (identity == self.identity && id != 0 && self.id != id && self.busy) {
        bool has_reason = false;
        for (std::size_t rival = 0; rival < network_.size(); ++rival) {
            // What it was itself before its reset is a rival, too, as long as others believe in it.
            const bool was_there = network_.has_booted(rival);
            has_reason |= rival == node
                              ? network_.now() < network_.last_disturbance(rival) + ghost_time
                              : was_there && network_.agent(rival).self().id == id && network_.agent(rival).self().busy;
        }
        if (!has_reason) {
            violate(node, "gave up id " + std::to_string(id) + " though it is busy");
        }
    }
    own_.at(node) = {self.identity, self.stage == Stage::member ? self.id : NodeId{0}};
}

void Invariants::violate(std::size_t node, const std::string& text) {
    violations_.push_back(std::to_string(static_cast<double>(network_.now().count()) / 1e6) + " s, node " +
                          std::to_string(node) + ": " + text);
}

}  // namespace clusterdisc::simulator
