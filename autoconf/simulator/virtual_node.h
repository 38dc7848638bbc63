// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulator/virtual_network.h"

namespace clusterdisc::simulator {

/// A PC in a VirtualNetwork: its agent, its clock, its cards.
class VirtualNode final : public Environment {
public:
    VirtualNode(VirtualNetwork& network, std::size_t number, NodeSetup setup)
        : network_(network), number_(number), setup_(std::move(setup)),
          plugged_(setup_.segments.begin(), setup_.segments.end()) {}

    void send(const Path& path, const Message& message) override { network_.send(number_, path, message); }
    void multicast(std::uint32_t link, const Message& message) override { network_.multicast(number_, link, message); }
    void probe_kernel(const Path& path) override { network_.probe_kernel(number_, path); }
    std::uint64_t new_challenge() override { return network_.random().next() | 1U; }
    void view_changed() override { is_changed_ = true; }
    void report(const std::string& line) override;

    /// A new agent with a new identity.
    void boot(std::uint64_t random_number);
    /// The cards that have a cable.
    [[nodiscard]] std::vector<Link> links() const;

    [[nodiscard]] Instant local_time(Instant world) const;
    /// The first moment of the world at which the local clock has reached this.
    [[nodiscard]] Instant world_time(Instant local) const;

    /// Network addresses and interface indexes follow from the node and the segment.
    static IpAddress address_of(std::size_t node, std::size_t segment);
    static std::uint32_t link_of(std::size_t segment) { return static_cast<std::uint32_t>(segment) + 2; }

private:
    friend class VirtualNetwork;

    VirtualNetwork& network_;
    std::size_t number_;
    NodeSetup setup_;
    std::unique_ptr<Agent> agent_;
    Power power_ = Power::off;
    std::uint64_t run_ = 0;
    int group_ = 0;
    std::set<std::size_t> plugged_;
    bool is_changed_ = false;
    Instant tick_due_{};
    Instant disturbed_{};
    Instant frozen_since_{};
    std::vector<std::function<void(VirtualNode&)>> waiting_;
    Traffic sent_;
    Traffic received_;
};

}  // namespace clusterdisc::simulator
