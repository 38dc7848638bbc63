// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/virtual_network.h"

#include <algorithm>

#include "membership/tuning.h"
#include "simulator/virtual_node.h"
#include "wire/envelope.h"
#include "wire/message_codec.h"

namespace clusterdisc::simulator {
namespace {

/// Ethernet with its check sum, IPv6, UDP.
constexpr std::size_t header_bytes = 18 + 40 + 8;
constexpr std::size_t max_recorded = 2000;

std::size_t size_on_wire(const Message& message) {
    std::size_t size = encoded_size(message);
    for (const Rumour& rumour : message.rumours) {
        size += encoded_size(rumour);
    }
    return size + envelope_overhead + header_bytes;
}

}  // namespace

VirtualNetwork::VirtualNetwork(std::uint64_t seed) : random_(seed) {}
VirtualNetwork::~VirtualNetwork() = default;

std::size_t VirtualNetwork::add_node(NodeSetup setup) {
    const std::size_t number = nodes_.size();
    for (const std::size_t segment : setup.segments) {
        segments_[segment].push_back(number);
    }
    nodes_.push_back(std::make_unique<VirtualNode>(*this, number, std::move(setup)));
    return number;
}

void VirtualNetwork::power_on(std::size_t node) {
    VirtualNode& target = *nodes_.at(node);
    target.boot(random_.next());
    target.power_ = Power::running;
    disturb(node);
    const Instant now = target.local_time(now_);
    target.agent_->links_changed(now, target.links());
    target.agent_->start(now);
    for (const std::size_t peer : target.setup_.static_peers) {
        const std::size_t segment = target.setup_.segments.front();
        const Endpoint endpoint{.address = VirtualNode::address_of(peer, segment), .port = 5428};
        target.agent_->hint(now, Path{.link = VirtualNode::link_of(segment), .endpoint = endpoint},
                            Discovery::static_peer);
    }
    settle(target);
}

void VirtualNetwork::power_off(std::size_t node) {
    VirtualNode& target = *nodes_.at(node);
    target.power_ = Power::off;
    ++target.run_;
    disturb(node);
}

void VirtualNetwork::kill(std::size_t node) {
    if (power(node) == Power::running || power(node) == Power::frozen) {
        power_off(node);
        nodes_.at(node)->power_ = Power::killed;
    }
}

void VirtualNetwork::freeze(std::size_t node) {
    if (power(node) == Power::running) {
        nodes_.at(node)->power_ = Power::frozen;
        nodes_.at(node)->frozen_since_ = now_;
    }
}

void VirtualNetwork::thaw(std::size_t node) {
    VirtualNode& target = *nodes_.at(node);
    if (target.power_ != Power::frozen) {
        return;
    }
    target.power_ = Power::running;
    for (const auto& act : std::exchange(target.waiting_, {})) {
        act(target);
    }
    settle(target);
}

void VirtualNetwork::shut_down(std::size_t node) {
    VirtualNode& target = *nodes_.at(node);
    if (target.power_ != Power::running) {
        return;
    }
    target.agent_->leave(target.local_time(now_));
    disturb(node);
    schedule(now_ + tuning::leave_pause, node,
             [this](VirtualNode& leaving) { leaving.agent_->leave(leaving.local_time(now_)); });
    schedule(now_ + 2 * tuning::leave_pause, node, [this, node](VirtualNode&) { power_off(node); });
}

void VirtualNetwork::set_busy(std::size_t node, bool is_busy) {
    VirtualNode& target = *nodes_.at(node);
    if (target.power_ == Power::running) {
        target.agent_->set_busy(target.local_time(now_), is_busy);
        settle(target);
    }
}

void VirtualNetwork::plug(std::size_t node, std::size_t segment, bool is_plugged) {
    VirtualNode& target = *nodes_.at(node);
    if (is_plugged) {
        target.plugged_.insert(segment);
    } else {
        target.plugged_.erase(segment);
    }
    disturb(node);
    if (target.power_ == Power::running) {
        target.agent_->links_changed(target.local_time(now_), target.links());
        settle(target);
    } else if (target.power_ == Power::frozen) {
        target.waiting_.emplace_back(
            [this](VirtualNode& thawed) { thawed.agent_->links_changed(thawed.local_time(now_), thawed.links()); });
    }
}

void VirtualNetwork::set_group(std::size_t node, int group) {
    nodes_.at(node)->group_ = group;
    disturb(node);
}

void VirtualNetwork::replay(std::size_t count) {
    for (std::size_t repeated = 0; repeated < count && !recorded_.empty(); ++repeated) {
        const Recorded& recorded = recorded_.at(static_cast<std::size_t>(random_.below(recorded_.size())));
        for (const std::size_t receiver : segments_[recorded.segment]) {
            if (power(receiver) != Power::running) {
                continue;
            }
            const Path from = recorded.from;
            schedule(now_ + delay(), receiver, [this, from, message = recorded.message](VirtualNode& target) {
                target.agent_->receive(target.local_time(now_), from, true, *message);
            });
        }
    }
}

void VirtualNetwork::run_until(Instant time) {
    while (!queue_.empty() && queue_.top().time <= time) {
        const Event event = queue_.top();
        queue_.pop();
        now_ = std::max(now_, event.time);
        VirtualNode& node = *nodes_.at(event.node);
        const bool is_over = node.power_ == Power::off || node.power_ == Power::killed;
        if (event.run != node.run_ || is_over) {
            continue;
        }
        if (node.power_ == Power::frozen) {
            node.waiting_.push_back(event.act);
            continue;
        }
        event.act(node);
        settle(node);
    }
    now_ = std::max(now_, time);
}

Power VirtualNetwork::power(std::size_t node) const {
    return nodes_.at(node)->power_;
}

const Agent& VirtualNetwork::agent(std::size_t node) const {
    return *nodes_.at(node)->agent_;
}

bool VirtualNetwork::has_booted(std::size_t node) const {
    return nodes_.at(node)->agent_ != nullptr;
}

const NodeSetup& VirtualNetwork::setup(std::size_t node) const {
    return nodes_.at(node)->setup_;
}

std::optional<std::size_t> VirtualNetwork::find(const Identity& identity) const {
    const auto found = identities_.find(identity);
    return found == identities_.end() ? std::nullopt : std::optional(found->second);
}

bool VirtualNetwork::are_connected(std::size_t first, std::size_t second) const {
    return std::ranges::any_of(segments_, [&](const auto& segment) { return passes(segment.first, first, second); });
}

bool VirtualNetwork::is_reachable(std::size_t first, std::size_t second) const {
    return std::ranges::any_of(agent(second).self().endpoints, [&](const Endpoint& endpoint) {
        return passes(endpoint.address.bytes.at(11), first, second);
    });
}

Instant VirtualNetwork::last_disturbance(std::size_t node) const {
    return nodes_.at(node)->disturbed_;
}

Instant VirtualNetwork::frozen_since(std::size_t node) const {
    return nodes_.at(node)->frozen_since_;
}

Traffic VirtualNetwork::sent(std::size_t node) const {
    return nodes_.at(node)->sent_;
}

Traffic VirtualNetwork::received(std::size_t node) const {
    return nodes_.at(node)->received_;
}

void VirtualNetwork::reset_traffic() {
    for (const auto& node : nodes_) {
        node->sent_ = {};
        node->received_ = {};
    }
}

void VirtualNetwork::schedule(Instant time, std::size_t node, std::function<void(VirtualNode&)> act) {
    queue_.push({.time = time, .number = ++events_, .node = node, .run = nodes_.at(node)->run_, .act = std::move(act)});
}

void VirtualNetwork::send(std::size_t node, const Path& path, const Message& message) {
    const auto receiver = owner_of(path.endpoint.address);
    const std::size_t segment = path.endpoint.address.bytes.at(11);
    if (receiver && path.link == VirtualNode::link_of(segment)) {
        deliver(node, segment, *receiver, false, std::make_shared<const Message>(message), size_on_wire(message));
    }
}

void VirtualNetwork::multicast(std::size_t node, std::uint32_t link, const Message& message) {
    const std::size_t segment = link - 2;
    const auto shared = std::make_shared<const Message>(message);
    const std::size_t size = size_on_wire(message);
    if (recorded_.size() == max_recorded) {
        recorded_.pop_front();
    }
    recorded_.push_back(
        {.segment = segment,
         .from = {.link = link, .endpoint = {.address = VirtualNode::address_of(node, segment), .port = 5428}},
         .message = shared});
    if (weather_.drops_multicast) {
        return;
    }
    bool is_counted = false;
    for (const std::size_t receiver : segments_[segment]) {
        if (receiver != node && passes(segment, node, receiver)) {
            deliver(node, segment, receiver, true, shared, is_counted ? 0 : size);
            is_counted = true;
        }
    }
}

void VirtualNetwork::probe_kernel(std::size_t node, const Path& path) {
    const auto receiver = owner_of(path.endpoint.address);
    const std::size_t segment = path.endpoint.address.bytes.at(11);
    if (!receiver || !passes(segment, node, *receiver) || nodes_.at(*receiver)->power_ == Power::off ||
        random_.chance(weather_.loss) || random_.chance(weather_.loss)) {
        return;
    }
    schedule(now_ + delay() + delay(), node,
             [this, path](VirtualNode& source) { source.agent_->kernel_answered(source.local_time(now_), path); });
}

/// `size`: 0 when this sending was counted already.
void VirtualNetwork::deliver(std::size_t sender, std::size_t segment, std::size_t receiver, bool is_multicast,
                             const std::shared_ptr<const Message>& message, std::size_t size) {
    Traffic& sent = nodes_.at(sender)->sent_;
    sent.messages += size == 0 ? 0 : 1;
    sent.bytes += size;
    if (!passes(segment, sender, receiver) || random_.chance(weather_.loss)) {
        return;
    }
    VirtualNode& target = *nodes_.at(receiver);
    if (target.power_ == Power::killed && !is_multicast) {
        const Path path{.link = VirtualNode::link_of(segment),
                        .endpoint = {.address = VirtualNode::address_of(receiver, segment), .port = 5428}};
        schedule(now_ + delay() + delay(), sender,
                 [this, path](VirtualNode& source) { source.agent_->port_unreachable(source.local_time(now_), path); });
        return;
    }
    if (target.power_ != Power::running && target.power_ != Power::frozen) {
        return;
    }
    const Path from{.link = VirtualNode::link_of(segment),
                    .endpoint = {.address = VirtualNode::address_of(sender, segment), .port = 5428}};
    const std::size_t bytes = size == 0 ? size_on_wire(*message) : size;
    const int copies = random_.chance(weather_.duplication) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
        schedule(now_ + delay(), receiver, [this, from, is_multicast, message, bytes](VirtualNode& node) {
            ++node.received_.messages;
            node.received_.bytes += bytes;
            node.agent_->receive(node.local_time(now_), from, is_multicast, *message);
        });
    }
}

void VirtualNetwork::arrange_tick(VirtualNode& node) {
    const Instant due = std::max(node.world_time(node.agent_->next_tick()), now_ + std::chrono::microseconds(1));
    if (node.tick_due_ > now_ && node.tick_due_ <= due) {
        return;
    }
    node.tick_due_ = due;
    schedule(due, node.number_, [this, due](VirtualNode& target) {
        if (target.tick_due_ == due) {
            target.tick_due_ = {};
            const Instant now = target.local_time(now_);
            if (now >= target.agent_->next_tick()) {
                target.agent_->tick(now);
            }
        }
    });
}

void VirtualNetwork::settle(VirtualNode& node) {
    if (node.power_ != Power::running) {
        return;
    }
    arrange_tick(node);
    if (std::exchange(node.is_changed_, false) && on_change_) {
        on_change_(node.number_);
    }
}

bool VirtualNetwork::passes(std::size_t segment, std::size_t first, std::size_t second) const {
    const VirtualNode& one = *nodes_.at(first);
    const VirtualNode& other = *nodes_.at(second);
    return one.plugged_.contains(segment) && other.plugged_.contains(segment) && one.group_ == other.group_;
}

Instant VirtualNetwork::delay() {
    const Instant spread = weather_.max_delay - weather_.min_delay;
    return weather_.min_delay +
           Instant(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(spread.count()) + 1)));
}

std::optional<std::size_t> VirtualNetwork::owner_of(const IpAddress& address) const {
    const std::size_t node = std::size_t{address.bytes.at(13)} << 16U | std::size_t{address.bytes.at(14)} << 8U |
                             std::size_t{address.bytes.at(15)};
    return node < nodes_.size() ? std::optional(node) : std::nullopt;
}

void VirtualNetwork::disturb(std::size_t node) {
    nodes_.at(node)->disturbed_ = now_;
}

}  // namespace clusterdisc::simulator
