// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/load_gossip.h"

#include <algorithm>

#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

/// Processors' work that the node could still do, at its speed.
double spare(const LoadEntry& entry) {
    const double idle = capacity(entry.state.processors) - entry.state.runnable();
    return idle * entry.state.speed;
}

}  // namespace

LoadGossip::LoadGossip(NodeId own, std::uint32_t run, std::uint64_t seed)
    : own_(own), run_(run), random_(seed), view_(own) {}

void LoadGossip::set_members(const std::vector<NodeId>& members) {
    view_.set_members(members);
    members_ = members;
    std::erase(members_, own_);
    round_.clear();
}

std::optional<GossipMessage> LoadGossip::tick(Instant now, const NodeState& own) {
    // Somewhat irregular, so that nodes which started together do not send together for ever.
    const auto interval = static_cast<std::uint64_t>(tuning::gossip_interval.count());
    next_tick_ = now + Instant(static_cast<std::int64_t>(interval * 9 / 10 + random_.below(interval / 5)));
    view_.forget_old(now);
    is_quiet_ = own.policies.has(NodePolicy::quiet);
    if (is_quiet_) {
        return std::nullopt;
    }
    const auto peer = next_peer();
    if (!peer) {
        return std::nullopt;
    }
    GossipMessage message{
        .sender = own_, .recipient = *peer, .run = run_, .sequence = ++message_sequence_, .entries = {}};
    LoadEntry entry{.state = own, .run = run_, .sequence = ++entry_sequence_};
    entry.state.node = own_;
    message.entries.push_back(entry);
    const std::vector<LoadEntry> others = choose_entries(now, *peer);
    message.entries.insert(message.entries.end(), others.begin(), others.end());
    return message;
}

std::size_t LoadGossip::receive(Instant now, const GossipMessage& message) {
    return is_quiet_ ? 0 : view_.receive(now, message);
}

std::optional<NodeId> LoadGossip::next_peer() {
    if (round_.empty()) {
        round_ = members_;
        random_.shuffle(round_);
    }
    if (round_.empty()) {
        return std::nullopt;
    }
    const NodeId peer = round_.back();
    round_.pop_back();
    return peer;
}

std::vector<LoadEntry> LoadGossip::choose_entries(Instant now, NodeId recipient) {
    std::vector<LoadEntry> all = view_.entries(now);
    std::erase_if(all, [recipient](const LoadEntry& entry) { return entry.state.node == recipient; });
    constexpr std::size_t max = tuning::max_entries_of_message - 1;
    if (all.size() <= max) {
        return all;
    }
    // The youngest, because they are the ones that others lack; then those of nodes with something to give, which are
    // what an overloaded node looks for.
    random_.shuffle(all);
    const auto youngest_end = all.begin() + (max + 1) / 2;
    std::ranges::partial_sort(all, youngest_end, {}, &LoadEntry::age_centiseconds);
    const auto idle_end = all.begin() + max;
    std::partial_sort(youngest_end, idle_end, all.end(),
                      [](const LoadEntry& one, const LoadEntry& other) { return spare(one) > spare(other); });
    all.resize(max);
    return all;
}

}  // namespace openmosix::balance
