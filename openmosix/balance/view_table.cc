// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/view_table.h"

#include <algorithm>
#include <limits>

#include "balance/plausibility.h"
#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

constexpr std::int64_t microseconds_per_centisecond = 10'000;

Instant age_of(const LoadEntry& entry) {
    return Instant(entry.age_centiseconds * microseconds_per_centisecond);
}

}  // namespace

const char* to_text(EntryFault fault) {
    switch (fault) {
        case EntryFault::not_a_member:
            return "not in the node map";
        case EntryFault::not_newer:
            return "not newer than what is known";
        case EntryFault::too_old:
            return "too old";
        case EntryFault::other_run:
            return "of another run of the node";
        case EntryFault::too_fast:
            return "more reports than a node makes";
        case EntryFault::absurd:
            return "values that no node has";
        case EntryFault::about_self:
            return "about this node";
    }
    return "refused";
}

void ViewTable::set_members(const std::vector<NodeId>& members) {
    members_ = {members.begin(), members.end()};
    members_.erase(own_);
    std::erase_if(held_, [this](const auto& held) { return !members_.contains(held.first); });
}

std::size_t ViewTable::receive(Instant now, const GossipMessage& message) {
    if (message.recipient != own_ || !members_.contains(message.sender)) {
        refuse(EntryFault::not_a_member);
        return 0;
    }
    const auto held = held_.find(message.sender);
    if (held != held_.end() && held->second.own_run == message.run && message.sequence <= held->second.last_message) {
        refuse(EntryFault::not_newer);
        return 0;
    }
    if (const auto fault = take(now, message.entries.front(), Source::node_itself)) {
        refuse(*fault);
        return 0;
    }
    held_[message.sender].count(message);
    std::size_t taken = 1;
    for (std::size_t index = 1; index < message.entries.size(); ++index) {
        const LoadEntry& entry = message.entries[index];
        const auto fault = take(now, entry, Source::another_node);
        if (!fault) {
            ++taken;
            continue;
        }
        refuse(*fault);
        if (*fault == EntryFault::absurd) {
            // No honest node passes such entries on.
            distrust(now, message.sender);
        }
    }
    return taken;
}

std::optional<EntryFault> ViewTable::take(Instant now, const LoadEntry& entry, Source source) {
    const NodeId node = entry.state.node;
    if (node == own_) {
        return EntryFault::about_self;
    }
    if (!members_.contains(node)) {
        return EntryFault::not_a_member;
    }
    const Instant said = now - age_of(entry);
    if (now - said > tuning::max_age) {
        return EntryFault::too_old;
    }
    const bool is_absurd = plausibility_of(entry.state) == Plausibility::absurd;
    if (is_absurd && source == Source::another_node) {
        return EntryFault::absurd;
    }
    const auto found = held_.find(node);
    if (found != held_.end()) {
        if (const auto fault = fault_of(now, found->second, entry, said, source)) {
            return fault;
        }
    }
    Held& held = held_[node];
    held.entry = entry;
    held.entry.state = clamped(entry.state);
    held.said = said;
    if (is_absurd) {
        refuse(EntryFault::absurd);
        distrust(now, node);
    }
    return std::nullopt;
}

std::optional<EntryFault> ViewTable::fault_of(Instant now, const Held& held, const LoadEntry& entry, Instant said,
                                              Source source) {
    if (std::ranges::find(held.retired_runs, entry.run) != held.retired_runs.end()) {
        return EntryFault::other_run;
    }
    if (source == Source::node_itself) {
        // Its messages are numbered, and what is held instead may be a lie of others.
        return std::nullopt;
    }
    if (held.entry.run != entry.run) {
        const bool is_too_early = now - held.said < tuning::run_change_age || said <= held.said;
        return is_too_early ? std::optional(EntryFault::other_run) : std::nullopt;
    }
    if (entry.sequence <= held.entry.sequence) {
        return EntryFault::not_newer;
    }
    // Ages are rounded, and messages take their time.
    constexpr double slack_seconds = 2;
    const double seconds = std::max(to_seconds(said - held.said), 0.0) + slack_seconds;
    if (entry.sequence - held.entry.sequence > tuning::max_entries_per_second * seconds) {
        return EntryFault::too_fast;
    }
    return std::nullopt;
}

void ViewTable::Held::count(const GossipMessage& message) {
    if (own_run && *own_run != message.run) {
        retired_runs.push_back(*own_run);
        if (retired_runs.size() > tuning::max_retired_runs) {
            retired_runs.pop_front();
        }
    }
    own_run = message.run;
    last_message = message.sequence;
}

void ViewTable::distrust(Instant now, NodeId node) {
    const auto held = held_.find(node);
    if (held != held_.end()) {
        held->second.distrusted_until = now + tuning::distrust_time;
    }
}

std::vector<KnownNode> ViewTable::known(Instant now, Instant max_age) const {
    std::vector<KnownNode> result;
    for (const auto& [node, held] : held_) {
        if (now - held.said <= max_age) {
            result.push_back({.state = held.entry.state,
                              .said = held.said,
                              .trust = held.distrusted_until > now ? Trust::distrusted : Trust::trusted});
        }
    }
    return result;
}

std::optional<KnownNode> ViewTable::find(Instant now, NodeId node) const {
    const auto found = held_.find(node);
    if (found == held_.end()) {
        return std::nullopt;
    }
    const Held& held = found->second;
    return KnownNode{.state = held.entry.state,
                     .said = held.said,
                     .trust = held.distrusted_until > now ? Trust::distrusted : Trust::trusted};
}

std::vector<LoadEntry> ViewTable::entries(Instant now) const {
    std::vector<LoadEntry> result;
    for (const auto& [node, held] : held_) {
        const std::int64_t age =
            ((now - held.said).count() + microseconds_per_centisecond - 1) / microseconds_per_centisecond;
        if (now - held.said <= tuning::max_age && held.distrusted_until <= now) {
            result.push_back(held.entry);
            result.back().age_centiseconds =
                static_cast<std::uint16_t>(std::clamp<std::int64_t>(age, 1, std::numeric_limits<std::uint16_t>::max()));
        }
    }
    return result;
}

void ViewTable::forget_old(Instant now) {
    std::erase_if(held_, [now](const auto& item) {
        return now - item.second.said > tuning::max_age && item.second.distrusted_until <= now;
    });
}

}  // namespace openmosix::balance
