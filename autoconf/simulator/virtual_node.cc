// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/virtual_node.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace clusterdisc::simulator {

void VirtualNode::report(const std::string& line) {
    static const bool is_wanted = std::getenv("OMDISCD_SIMULATOR_LOG") != nullptr;
    if (is_wanted) {
        std::fprintf(stderr, "%10.4f node %zu: %s\n", static_cast<double>(network_.now().count()) / 1e6, number_,
                     line.c_str());
    }
}

void VirtualNode::boot(std::uint64_t random_number) {
    Random random(random_number);
    AgentSettings settings;
    for (std::uint8_t& byte : settings.self.public_key) {
        byte = static_cast<std::uint8_t>(random.next());
    }
    settings.self.identity = identity_of(settings.self.public_key);
    settings.self.hardware = setup_.hardware;
    settings.self.keys = {1};
    settings.self.wireguard_port = 5429;
    settings.self.name = "pc" + std::to_string(number_);
    settings.port = 5428;
    settings.wanted_id = setup_.wanted_id;
    settings.seed = random.next();
    settings.uses_multicast = setup_.uses_multicast;
    agent_ = std::make_unique<Agent>(std::move(settings), *this);
    ++run_;
    is_changed_ = true;
    waiting_.clear();
    network_.identities_[agent_->self().identity] = number_;
}

std::vector<Link> VirtualNode::links() const {
    std::vector<Link> links;
    for (const std::size_t segment : plugged_) {
        links.push_back({.index = link_of(segment),
                         .name = "eth" + std::to_string(segment),
                         .addresses = {{.address = address_of(number_, segment), .length = 64}}});
    }
    return links;
}

Instant VirtualNode::local_time(Instant world) const {
    return setup_.clock_offset + world +
           Instant(static_cast<std::int64_t>(std::floor(static_cast<double>(world.count()) * setup_.clock_drift)));
}

Instant VirtualNode::world_time(Instant local) const {
    const auto elapsed = static_cast<double>((local - setup_.clock_offset).count());
    Instant world(static_cast<std::int64_t>(elapsed / (1 + setup_.clock_drift)));
    while (local_time(world) < local) {
        ++world;
    }
    return world;
}

IpAddress VirtualNode::address_of(std::size_t node, std::size_t segment) {
    IpAddress address{.is_ipv6 = true, .bytes = {0xfe, 0x80}};
    address.bytes.at(11) = static_cast<std::uint8_t>(segment);
    address.bytes.at(13) = static_cast<std::uint8_t>(node >> 16U);
    address.bytes.at(14) = static_cast<std::uint8_t>(node >> 8U);
    address.bytes.at(15) = static_cast<std::uint8_t>(node);
    return address;
}

}  // namespace clusterdisc::simulator
