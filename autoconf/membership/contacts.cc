// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/contacts.h"

#include <algorithm>

#include "membership/tuning.h"
#include "membership/unproven_sender.h"
#include "wire/message_codec.h"

namespace clusterdisc {
namespace {

/// Twice as long after each attempt, up to the longest.
Instant pause_after(int attempts) {
    constexpr int max_doublings = 8;
    return std::min(tuning::first_contact_pause * (1 << std::min(attempts, max_doublings)),
                    Instant(tuning::max_contact_pause));
}

}  // namespace

void Contacts::hear_unproven(Peer& peer, const Path& from, const Message& message, Instant now) {
    const NodeRecord* const record = record_of_sender(message);
    if (record != nullptr) {
        peer.paths.add_endpoints(record->endpoints, links_);
    }
    if (message.kind == Kind::hello && peer.discovery == Discovery::gossip) {
        peer.discovery = Discovery::multicast;
    }
    const bool may_answer = may_answer_unproven(message, from, links_);
    if (message.kind == Kind::ping) {
        // Any member may ask; whether this is a recording shows when our challenge is echoed.
        if (may_answer) {
            messenger_.acknowledge_unproven(message, from, now);
        }
        return;
    }
    if (may_answer) {
        peer.unproven_path = UnprovenPath{.path = from, .received = encoded_size(message)};
    }
    want(peer, now, record != nullptr && record->id == table_.self().id);
}

void Contacts::want(Peer& peer, Instant now, bool is_urgent) {
    if (peer.is_reachable || peer.condition == Condition::left) {
        return;
    }
    // Everybody who heard of it wants to know it, too.
    const auto share = static_cast<std::uint64_t>(tuning::contact_share.count()) * table_.live_nodes();
    const Instant when = is_urgent ? now : now + Instant(static_cast<std::int64_t>(random_.below(share)));
    const bool is_waiting = peer.contacts > 0 && peer.next_contact > now;
    if (is_waiting && !is_urgent) {
        return;
    }
    if (peer.contacts == 0 && peer.next_contact > now && peer.next_contact <= when) {
        return;
    }
    schedule(peer, when);
}

void Contacts::hint(const Path& path, Discovery discovery, bool is_permanent, Instant now) {
    const auto known = std::ranges::find(hints_, path, &Hint::path);
    if (known != hints_.end()) {
        known->next = std::min(known->next, now);
        known->attempts = 0;
        return;
    }
    if (hints_.size() < tuning::max_hints) {
        hints_.push_back(
            {.path = path, .discovery = discovery, .is_permanent = is_permanent, .next = now, .attempts = 0});
    }
}

void Contacts::set_links(std::span<const Link> links, Instant now) {
    links_.assign(links.begin(), links.end());
    for (auto& [identity, peer] : table_.peers()) {
        peer.paths.keep_links(links);
        if (peer.is_known()) {
            peer.paths.add_endpoints(peer.record->endpoints, links);
        }
        if (peer.is_known() && peer.condition != Condition::left && !peer.paths.best()) {
            peer.contacts = 0;
            const auto share = static_cast<std::uint64_t>(tuning::contact_share.count()) * table_.live_nodes();
            schedule(peer, now + Instant(static_cast<std::int64_t>(random_.below(share))));
        }
    }
    for (Hint& hint : hints_) {
        hint.next = now;
        hint.attempts = 0;
    }
}

void Contacts::answered(const Path& path) {
    const auto known = std::ranges::find(hints_, path, &Hint::path);
    if (known != hints_.end() && !known->is_permanent) {
        hints_.erase(known);
    }
}

void Contacts::tick(Instant now) {
    while (!schedule_.empty() && schedule_.begin()->first <= now) {
        const auto [when, identity] = *schedule_.begin();
        schedule_.erase(schedule_.begin());
        Peer* const peer = table_.find(identity);
        if (peer != nullptr && peer->next_contact == when) {
            contact(*peer, now);
        }
    }
    try_hints(now);
}

std::optional<Instant> Contacts::next() const {
    std::optional<Instant> first;
    if (!schedule_.empty()) {
        first = schedule_.begin()->first;
    }
    for (const Hint& hint : hints_) {
        first = std::min(first.value_or(hint.next), hint.next);
    }
    return first;
}

void Contacts::schedule(Peer& peer, Instant when) {
    schedule_.erase({peer.next_contact, peer.identity});
    peer.next_contact = when;
    schedule_.emplace(when, peer.identity);
}

void Contacts::contact(Peer& peer, Instant now) {
    if (peer.condition == Condition::left || (peer.is_live() && peer.is_reachable && peer.paths.best())) {
        return;
    }
    if (!peer.is_known() && peer.contacts >= tuning::contact_attempts) {
        table_.forget(peer.identity);
        return;
    }
    if (peer.is_known()) {
        peer.paths.add_endpoints(peer.record->endpoints, links_);
    }
    messenger_.ping(peer, now, true);
    if (peer.unproven_path && !peer.paths.leads_to(peer.unproven_path->path.endpoint)) {
        messenger_.ping_unproven(peer, *peer.unproven_path, now);
    }
    peer.unproven_path.reset();
    const Instant pause = pause_after(peer.contacts++);
    schedule(
        peer,
        now + pause + Instant(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(pause.count() / 4)))));
}

void Contacts::try_hints(Instant now) {
    for (Hint& hint : hints_) {
        if (hint.next > now) {
            continue;
        }
        hint.next = now + pause_after(hint.attempts++);
        if (!is_own(hint.path) && !is_in_touch(hint.path)) {
            messenger_.ping_stranger(hint.path, hint.discovery, now);
        }
    }
    std::erase_if(hints_,
                  [](const Hint& hint) { return !hint.is_permanent && hint.attempts > tuning::contact_attempts; });
}

bool Contacts::is_own(const Path& path) const {
    const auto& own = table_.self().endpoints;
    return std::ranges::find(own, path.endpoint) != own.end() &&
           (path.link == 0 || std::ranges::any_of(links_, [&](const Link& link) {
                return link.index == path.link && std::ranges::find(link.addresses, path.endpoint.address,
                                                                    &LinkPrefix::address) != link.addresses.end();
            }));
}

bool Contacts::is_in_touch(const Path& path) const {
    return std::ranges::any_of(table_.peers(), [&](const auto& entry) {
        const Peer& peer = entry.second;
        return peer.is_live() && peer.is_reachable &&
               std::ranges::any_of(peer.paths.entries(), [&](const PathTable::Entry& known) {
                   return known.works && known.path.endpoint == path.endpoint;
               });
    });
}

}  // namespace clusterdisc
