// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/failure_detector.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "membership/tuning.h"

namespace clusterdisc {

void FailureDetector::start(Instant now) {
    next_probe_ =
        now + Instant(static_cast<std::int64_t>(random_.below(std::uint64_t{tuning::probe_interval.count()})));
}

void FailureDetector::tick(Instant now) {
    if (probe_) {
        continue_probe(now);
    }
    if (!probe_ && now >= next_probe_) {
        begin_probe(now);
    }
    const std::vector<Identity> suspects(table_.suspects().begin(), table_.suspects().end());
    for (const Identity& identity : suspects) {
        Peer* const peer = table_.find(identity);
        if (peer != nullptr && peer->suspicion && now >= peer->suspicion->deadline) {
            watch_suspect(*peer, now);
        }
    }
    std::erase_if(relays_, [&](const Relay& relay) {
        if (now < relay.deadline) {
            return false;
        }
        Peer* const requester = table_.find(relay.requester);
        if (requester != nullptr) {
            messenger_.answer_for(*requester, relay.target, relay.challenge, false);
        }
        return true;
    });
}

Instant FailureDetector::next() const {
    Instant first = next_probe_;
    if (probe_) {
        // Questions are repeated after each quarter of the time.
        first = probe_->start + probe_time() * (probe_->step + 1) / 4;
    }
    for (const Identity& identity : table_.suspects()) {
        first = std::min(first, table_.find(identity)->suspicion->deadline);
    }
    for (const Relay& relay : relays_) {
        first = std::min(first, relay.deadline);
    }
    return first;
}

void FailureDetector::heard(Peer& peer, Instant now) {
    peer.last_heard = now;
    if (peer.condition == Condition::suspect || peer.condition == Condition::dead) {
        // The ping tells it what is said of it, and the answer brings its contradiction.
        messenger_.ping(peer, now);
    }
    if (peer.condition == Condition::suspect) {
        // Here only: at this incarnation the rumour runs on until the node itself contradicts.
        table_.set_condition(peer, Condition::alive, now);
    }
}

void FailureDetector::answered(Peer& peer, Instant now) {
    peer.last_answer = now;
    peer.indirect_answers = 0;
    peer.contacts = 0;
    if (!peer.is_reachable) {
        peer.is_reachable = true;
        table_.touch();
    }
    if (probe_ && probe_->target == peer.identity && !probe_->is_answered) {
        probe_->is_answered = true;
        health_ = std::max(health_ - 1, 0);
    }
    std::erase_if(relays_, [&](const Relay& relay) {
        if (relay.target != peer.identity) {
            return false;
        }
        Peer* const requester = table_.find(relay.requester);
        if (requester != nullptr) {
            messenger_.answer_for(*requester, relay.target, relay.challenge, true);
        }
        return true;
    });
}

bool FailureDetector::disputes(Peer& peer, const Rumour& accusation, Instant now) {
    const bool is_dead = accusation.condition == Condition::dead;
    const bool is_accusation = is_dead || accusation.condition == Condition::suspect;
    if (!is_accusation || !peer.is_live() || accusation.incarnation < peer.incarnation) {
        return false;
    }
    const Instant age = is_dead ? tuning::direct_evidence_age : tuning::direct_evidence_age / 2;
    const bool was_heard = peer.last_heard && now - *peer.last_heard < age;
    if (was_heard || is_frozen(peer, now - tuning::freeze_evidence_age, now)) {
        messenger_.tell(peer, {accusation});
        messenger_.ping(peer, now);
        return true;
    }
    if (is_dead && peer.is_reachable) {
        verify_death(peer, now);
        return true;
    }
    return false;
}

void FailureDetector::verify_death(Peer& peer, Instant now) {
    table_.set_condition(peer, Condition::suspect, now);
    Suspicion& suspicion = *peer.suspicion;
    suspicion.start = std::min(suspicion.start, now - tuning::max_suspicion * (2 + health_) / 2);
    suspicion.deadline = std::min(suspicion.deadline, now);
}

void FailureDetector::relay(const Message& request, Peer& requester, Instant now) {
    Peer* const target = table_.find(request.target);
    constexpr std::size_t max_relays = 256;
    if (target == nullptr || relays_.size() >= max_relays) {
        messenger_.answer_for(requester, request.target, request.challenge, false);
        return;
    }
    relays_.push_back({.requester = requester.identity,
                       .target = request.target,
                       .challenge = request.challenge,
                       .deadline = now + interval() * 2 / 5});
    messenger_.ping(*target, now);
}

void FailureDetector::indirect_answer(const Message& answer) {
    if (probe_ && probe_->target == answer.target) {
        ++probe_->helpers_heard;
        probe_->is_answered_indirectly |= answer.kind == Kind::indirect_acknowledgement;
    }
}

void FailureDetector::stalled(Instant pause, Instant now) {
    probe_.reset();
    next_probe_ = now + interval() / 4;
    health_ = std::min(health_ + 1, tuning::worst_health);
    for (const Identity& identity : table_.suspects()) {
        Suspicion& suspicion = *table_.find(identity)->suspicion;
        suspicion.start += pause;
        suspicion.deadline = now + tuning::suspect_ping_pause;
        suspicion.last_questions = 0;
    }
    for (Relay& relay : relays_) {
        relay.deadline += pause;
    }
}

Instant FailureDetector::interval() const {
    return table_.live_nodes() < tuning::many_nodes ? tuning::probe_interval : tuning::probe_interval_of_many;
}

void FailureDetector::begin_probe(Instant now) {
    next_probe_ = now + interval();
    // Each once in random order, then anew (SWIM, section 4.3): nobody waits longer than a round.
    for (bool is_new_round = false;;) {
        while (!ring_.empty()) {
            Peer* const peer = table_.find(ring_.back());
            ring_.pop_back();
            if (peer != nullptr && peer->is_live()) {
                probe_ = Probe{.target = peer->identity, .start = now};
                messenger_.ping(*peer, now);
                return;
            }
        }
        if (is_new_round) {
            return;
        }
        is_new_round = true;
        for (const auto& [identity, peer] : table_.peers()) {
            if (peer.is_live()) {
                ring_.push_back(identity);
            }
        }
        random_.shuffle(ring_);
    }
}

void FailureDetector::continue_probe(Instant now) {
    Peer* const target = table_.find(probe_->target);
    if (target == nullptr || !target->is_live() || probe_->is_answered) {
        probe_.reset();
        return;
    }
    const Instant quarter = probe_time() / 4;
    if (now < probe_->start + quarter * (probe_->step + 1)) {
        return;
    }
    ++probe_->step;
    constexpr int last_step = 4;
    if (probe_->step >= last_step) {
        end_probe(now);
        return;
    }
    messenger_.ping(*target, now, true);
    if (probe_->step == 2) {
        ask_helpers(*target, now);
    }
}

void FailureDetector::end_probe(Instant now) {
    const Probe probe = *probe_;
    probe_.reset();
    Peer* const target = table_.find(probe.target);
    if (probe.helpers > 0 && probe.helpers_heard == 0) {
        health_ = std::min(health_ + 1, tuning::worst_health);
    }
    if (!probe.is_answered_indirectly) {
        suspect(*target, now);
        return;
    }
    ++target->indirect_answers;
    if (target->is_reachable && target->indirect_answers < tuning::indirect_answers_without_path) {
        // Chance, or no path? To be known soon.
        ring_.push_back(target->identity);
    } else if (target->is_reachable) {
        target->is_reachable = false;
        table_.touch();
        environment_.report(target->record->name + " (" + short_text(target->identity) +
                            ") answers others, but not us: no working path");
    }
}

void FailureDetector::ask_helpers(Peer& target, Instant now) {
    std::vector<Peer*> helpers;
    for (auto& [identity, peer] : table_.peers()) {
        if (&peer != &target && peer.condition == Condition::alive && peer.is_reachable) {
            helpers.push_back(&peer);
        }
    }
    random_.shuffle(helpers);
    helpers.resize(std::min(helpers.size(), tuning::probe_helpers));
    for (Peer* const helper : helpers) {
        messenger_.request_ping(*helper, target.identity, now);
    }
    probe_->helpers = static_cast<int>(helpers.size());
}

void FailureDetector::suspect(Peer& peer, Instant now) {
    if (peer.condition != Condition::alive) {
        return;
    }
    table_.set_condition(peer, Condition::suspect, now);
    messenger_.spread(peer.identity);
}

void FailureDetector::watch_suspect(Peer& peer, Instant now) {
    Suspicion& suspicion = *peer.suspicion;
    const Instant end = suspicion_end(suspicion);
    if (now < end) {
        const double share = static_cast<double>(tuning::suspect_pingers) /
                             static_cast<double>(std::max(table_.live_nodes(), tuning::suspect_pingers));
        if (random_.chance(share)) {
            ask_suspect(peer, now);
        }
        suspicion.deadline = std::min(now + tuning::suspect_ping_pause, end);
        return;
    }
    if (!peer.is_reachable && has_witnesses(peer) && now - suspicion.start < tuning::max_freeze) {
        // Those who have a way to it know better.
        suspicion.deadline = now + tuning::kernel_answer_age;
        return;
    }
    if (is_frozen(peer, now - tuning::kernel_answer_age, now)) {
        // Not all at once, as everybody watches it.
        suspicion.deadline = now + tuning::kernel_answer_age +
                             Instant(static_cast<std::int64_t>(
                                 random_.below(static_cast<std::uint64_t>(tuning::kernel_answer_age.count()))));
        suspicion.last_questions = 0;
        return;
    }
    const bool was_frozen = peer.paths.has_kernel_answer(suspicion.start);
    if (suspicion.last_questions < (was_frozen ? tuning::last_questions_to_frozen : tuning::last_questions)) {
        ++suspicion.last_questions;
        ask_suspect(peer, now);
        suspicion.deadline = now + tuning::last_question_pause;
        return;
    }
    bury(peer, now);
}

bool FailureDetector::has_witnesses(const Peer& suspect) const {
    return std::ranges::any_of(table_.peers(), [&](const auto& entry) {
        const Peer& peer = entry.second;
        return &peer != &suspect && peer.condition == Condition::alive && peer.is_reachable;
    });
}

void FailureDetector::ask_suspect(Peer& peer, Instant now) {
    messenger_.ping(peer, now, true);
    for (const PathTable::Entry& entry : peer.paths.entries()) {
        // Twice, as one in three echoes is lost on a link that loses one in five datagrams.
        environment_.probe_kernel(entry.path);
        environment_.probe_kernel(entry.path);
    }
}

void FailureDetector::bury(Peer& peer, Instant now) {
    environment_.report("node " + std::to_string(peer.record->id) + ", " + peer.record->name + " (" +
                        short_text(peer.identity) + "): no answer, taken for dead");
    table_.set_condition(peer, Condition::dead, now);
    messenger_.spread(peer.identity);
}

bool FailureDetector::is_frozen(const Peer& peer, Instant since, Instant now) {
    return peer.suspicion && peer.paths.has_kernel_answer(since) && now - peer.suspicion->start < tuning::max_freeze;
}

Instant FailureDetector::suspicion_end(const Suspicion& suspicion) const {
    // Lifeguard, section III-B: with each accuser the rest of the time gets logarithmically shorter.
    const double shared = std::log2(static_cast<double>(std::max<std::size_t>(suspicion.accusers.size(), 1))) /
                          std::log2(static_cast<double>(tuning::confirmations + 1));
    const auto longest = static_cast<double>(tuning::max_suspicion.count());
    const auto shortest = static_cast<double>(tuning::min_suspicion.count());
    const double time = std::max(longest - (longest - shortest) * shared, shortest);
    return suspicion.start + Instant(static_cast<std::int64_t>(time)) * (2 + health_) / 2;
}

}  // namespace clusterdisc
