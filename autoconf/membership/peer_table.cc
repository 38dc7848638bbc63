// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/peer_table.h"

#include <algorithm>

#include "membership/tuning.h"

namespace clusterdisc {
namespace {

/// Of one node in one version; sums of it are compared, so that order does not matter.
std::uint64_t digest_of(const Identity& identity, std::uint32_t incarnation) {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::memcpy(&first, identity.data(), sizeof first);
    std::memcpy(&second, identity.data() + sizeof first, sizeof second);
    std::uint64_t mixed = first ^ (second * 0x9e3779b97f4a7c15U) ^ (std::uint64_t{incarnation} << 32U | incarnation);
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
}

bool overrides(std::uint32_t incarnation, Condition condition, const Peer& peer) {
    if (peer.condition == Condition::left) {
        return false;
    }
    if (condition == Condition::left) {
        return true;
    }
    return incarnation != peer.incarnation ? incarnation > peer.incarnation : condition > peer.condition;
}

/// Whether one is what the other has become by a reset: the same hardware at the same addresses, and the last to
/// answer.
bool supersedes(const Peer& peer, const Peer& former) {
    return peer.record->hardware != 0 && peer.record->hardware == former.record->hardware &&
           peer.record->endpoints == former.record->endpoints && peer.last_answer > former.last_answer;
}

}  // namespace

PeerTable::PeerTable(NodeRecord self) : self_(std::make_shared<const NodeRecord>(std::move(self))) {
    count_self(true);
}

void PeerTable::change_self(const std::function<void(NodeRecord&)>& change, std::uint32_t later_than) {
    NodeRecord next = *self_;
    change(next);
    next.incarnation = std::max(self_->incarnation, later_than) + 1;
    count_self(false);
    self_ = std::make_shared<const NodeRecord>(std::move(next));
    count_self(true);
    touch();
}

Peer* PeerTable::find(const Identity& identity) {
    const auto found = peers_.find(identity);
    return found == peers_.end() ? nullptr : &found->second;
}

const Peer* PeerTable::find(const Identity& identity) const {
    const auto found = peers_.find(identity);
    return found == peers_.end() ? nullptr : &found->second;
}

Peer* PeerTable::meet(const Identity& identity) {
    Peer* const known = find(identity);
    if (known != nullptr) {
        return known;
    }
    if (identity == self_->identity || strangers_ >= tuning::max_strangers) {
        return nullptr;
    }
    ++strangers_;
    Peer& peer = peers_[identity];
    peer.identity = identity;
    return &peer;
}

void PeerTable::forget(const Identity& identity) {
    Peer* const peer = find(identity);
    if (peer == nullptr) {
        return;
    }
    if (!peer->is_known()) {
        --strangers_;
    } else {
        count(*peer, false);
        index_id(*peer, false);
        suspects_.erase(identity);
    }
    peers_.erase(identity);
    touch();
}

Effect PeerTable::apply(const Rumour& rumour, const Identity& accuser, Instant now) {
    if (rumour.subject == self_->identity) {
        const bool is_wrong = rumour.condition != Condition::alive && rumour.incarnation >= self_->incarnation;
        return is_wrong ? Effect::slander : Effect::none;
    }
    Peer* peer = find(rumour.subject);
    if (peer == nullptr || !peer->is_known()) {
        const bool is_useful = rumour.record && rumour.condition <= Condition::suspect;
        peer = is_useful ? meet(rumour.subject) : nullptr;
        if (peer == nullptr) {
            return Effect::none;
        }
        introduce(*peer, rumour, now);
        return Effect::news;
    }
    if (rumour.condition == Condition::suspect && peer->suspicion && rumour.incarnation >= peer->incarnation &&
        std::ranges::find(peer->suspicion->accusers, accuser) == peer->suspicion->accusers.end()) {
        peer->suspicion->accusers.push_back(accuser);
    }
    const bool has_newer_record = rumour.record && rumour.record->incarnation > peer->record->incarnation;
    const bool is_later = overrides(rumour.incarnation, rumour.condition, *peer);
    if (!is_later && !has_newer_record) {
        return Effect::none;
    }
    count(*peer, false);
    if (has_newer_record) {
        index_id(*peer, false);
        if (rumour.record->stage != peer->record->stage || rumour.record->id != peer->record->id) {
            peer->since = now;
        }
        peer->record = rumour.record;
        index_id(*peer, true);
    }
    if (is_later) {
        peer->incarnation = std::max(peer->incarnation, rumour.incarnation);
    }
    count(*peer, true);
    if (is_later) {
        set_condition(*peer, rumour.condition, now);
        if (peer->suspicion && peer->suspicion->accusers.empty()) {
            peer->suspicion->accusers.push_back(accuser);
        }
    }
    touch();
    return Effect::news;
}

void PeerTable::set_condition(Peer& peer, Condition condition, Instant now) {
    if (condition != Condition::suspect) {
        peer.suspicion.reset();
        suspects_.erase(peer.identity);
    } else if (!peer.suspicion) {
        peer.suspicion = Suspicion{.start = now};
        suspects_.insert(peer.identity);
    }
    if (peer.condition == condition) {
        return;
    }
    count(peer, false);
    peer.condition = condition;
    peer.since = now;
    if (condition >= Condition::dead) {
        peer.is_reachable = false;
        peer.contacts = 0;
        if (condition == Condition::dead) {
            dead_.push_back(peer.identity);
        }
    }
    count(peer, true);
    touch();
}

Rumour PeerTable::rumour_about(const Peer& peer, bool with_record) {
    Rumour rumour{.subject = peer.identity, .incarnation = peer.incarnation, .condition = peer.condition, .record = {}};
    if ((with_record || peer.condition == Condition::alive) && peer.record->incarnation == peer.incarnation) {
        rumour.record = peer.record;
    } else if (peer.condition == Condition::alive) {
        // Alive in a version of which the words have not arrived yet: what we have of it.
        rumour.incarnation = peer.record->incarnation;
        rumour.record = peer.record;
    }
    return rumour;
}

Rumour PeerTable::rumour_about_self() const {
    return {
        .subject = self_->identity, .incarnation = self_->incarnation, .condition = Condition::alive, .record = self_};
}

const Peer* PeerTable::holder_of(NodeId id, bool is_in_reach) const {
    const Peer* best = nullptr;
    const auto [begin, end] = by_id_.equal_range(id);
    for (auto entry = begin; entry != end; ++entry) {
        const Peer* const peer = entry->second;
        if (!peer->is_live() || (is_in_reach && !peer->is_reachable)) {
            continue;
        }
        const bool is_better = best == nullptr || supersedes(*peer, *best) ||
                               (!supersedes(*best, *peer) && outranks(*peer->record, *best->record));
        if (is_better) {
            best = peer;
        }
    }
    return best;
}

bool PeerTable::is_in_map(const Peer& peer) const {
    if (!peer.is_live() || !peer.is_reachable || peer.record->stage != Stage::member) {
        return false;
    }
    if (self_->stage == Stage::member && self_->id == peer.record->id && outranks(*self_, *peer.record)) {
        return false;
    }
    return holder_of(peer.record->id, true) == &peer;
}

std::uint64_t PeerTable::digest() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t part : parts_) {
        sum += part;
    }
    return sum == 0 ? 1 : sum;
}

void PeerTable::introduce(Peer& peer, const Rumour& rumour, Instant now) {
    --strangers_;
    peer.record = rumour.record;
    peer.incarnation = rumour.incarnation;
    peer.condition = Condition::alive;
    peer.since = now;
    index_id(peer, true);
    count(peer, true);
    set_condition(peer, rumour.condition, now);
    touch();
}

void PeerTable::count(const Peer& peer, bool is_added) {
    if (!peer.is_live()) {
        return;
    }
    const std::uint64_t digest = digest_of(peer.identity, peer.incarnation);
    std::uint64_t& part = parts_.at(part_of(peer.identity));
    part = is_added ? part + digest : part - digest;
    live_ = is_added ? live_ + 1 : live_ - 1;
}

void PeerTable::count_self(bool is_added) {
    const std::uint64_t digest = digest_of(self_->identity, self_->incarnation);
    std::uint64_t& part = parts_.at(part_of(self_->identity));
    part = is_added ? part + digest : part - digest;
}

void PeerTable::index_id(const Peer& peer, bool is_added) {
    if (peer.record->id == 0) {
        return;
    }
    if (is_added) {
        by_id_.emplace(peer.record->id, &peer);
        return;
    }
    const auto [begin, end] = by_id_.equal_range(peer.record->id);
    const auto found = std::find_if(begin, end, [&](const auto& entry) { return entry.second == &peer; });
    if (found != end) {
        by_id_.erase(found);
    }
}

}  // namespace clusterdisc
