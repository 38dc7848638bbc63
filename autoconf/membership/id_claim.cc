// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/id_claim.h"

#include <algorithm>

#include "membership/tuning.h"

namespace clusterdisc {

void IdClaim::start(Instant now, Random& random) {
    started_ = now;
    settling_time_ = tuning::settling_time +
                     Instant(static_cast<std::int64_t>(random.below(std::uint64_t{tuning::settling_time.count()})));
    claim(now);
}

void IdClaim::check(Instant now) {
    const NodeRecord& self = table_.self();
    if (self.stage == Stage::joining) {
        return;
    }
    const Peer* holder = table_.holder_of(self.id, true);
    if (holder == nullptr || !outranks(*holder->record, self)) {
        holder = table_.holder_of(self.id);
    }
    if (holder == nullptr || !outranks(*holder->record, self) || may_be_our_former_self(*holder, now)) {
        rival_since_.reset();
        return;
    }
    if (self.stage == Stage::member && !holder->is_reachable) {
        // News of it may be older than its end.
        rival_since_ = rival_since_.value_or(now);
        if (now - *rival_since_ < tuning::max_wait_for_rival) {
            return;
        }
    }
    rival_since_.reset();
    environment_.report("node id " + std::to_string(self.id) + " belongs to " + holder->record->name + " (" +
                        short_text(holder->identity) + "): taking another one");
    claim(now);
}

void IdClaim::tick(Instant now) {
    const NodeRecord& self = table_.self();
    if (self.stage == Stage::member) {
        check(now);
        settle(now);
        return;
    }
    if (self.stage == Stage::joining) {
        claim(now);
        return;
    }
    check(now);
    if (now < decision_time()) {
        return;
    }
    const Peer* const holder = table_.holder_of(table_.self().id);
    if (holder != nullptr && outranks(*holder->record, table_.self())) {
        // Our former self, of which nobody knows yet that it is gone.
        claimed_ = now;
        return;
    }
    if (table_.strangers() > 0 && now - started_ < tuning::max_wait_for_table) {
        // Somebody was heard who has not yet said what the cluster knows.
        claimed_ = now - tuning::claim_period + tuning::comparison_time / 3;
        return;
    }
    become_member(now);
}

std::optional<Instant> IdClaim::next() const {
    const NodeRecord& self = table_.self();
    if (self.stage != Stage::member) {
        return decision_time();
    }
    if (rival_since_) {
        return *rival_since_ + tuning::max_wait_for_rival;
    }
    if (self.settled) {
        return std::nullopt;
    }
    return together_since_ ? *together_since_ + settling_time_ : claimed_ + settling_time_;
}

void IdClaim::expect_table(Instant now) {
    if (table_.self().stage != Stage::member) {
        table_expected_ = std::max(table_expected_, now + tuning::comparison_time);
    }
}

void IdClaim::delay(Instant pause) {
    claimed_ += pause;
}

void IdClaim::claim(Instant now) {
    claimed_ = now;
    NodeId id = 0;
    // Far more than collide in practice; in a cluster that is nearly full, one after the other.
    constexpr std::size_t scattered = 64;
    for (std::size_t number = 0; id == 0 && number < scattered + last_node_id; ++number) {
        const NodeId next = candidate(number < scattered ? number : scattered);
        const NodeId option = number < scattered ? next : static_cast<NodeId>((next + number) % last_node_id + 1);
        const Peer* const holder = table_.holder_of(option);
        const bool is_former_self = holder != nullptr && may_be_our_former_self(*holder, now);
        if (holder == nullptr || is_former_self) {
            id = option;
        }
    }
    if (id == 0) {
        environment_.report("all node ids are taken: staying outside");
    }
    table_.change_self([&](NodeRecord& record) {
        record.id = id;
        record.stage = id == 0 ? Stage::joining : Stage::claiming;
    });
    announce_(now);
}

void IdClaim::become_member(Instant now) {
    table_.change_self([](NodeRecord& record) { record.stage = Stage::member; });
    environment_.report("this is node " + std::to_string(table_.self().id));
    claimed_ = now;
    announce_(now);
}

void IdClaim::settle(Instant now) {
    if (table_.self().settled) {
        return;
    }
    if (table_.live_nodes() == 0) {
        together_since_.reset();
        claimed_ = now;
        return;
    }
    if (!together_since_) {
        together_since_ = now;
    }
    if (now - *together_since_ >= settling_time_) {
        table_.change_self([](NodeRecord& record) { record.settled = true; });
        announce_(now);
    }
}

NodeId IdClaim::candidate(std::size_t number) const {
    if (wanted_ != 0) {
        if (number == 0) {
            return wanted_;
        }
        --number;
    }
    const NodeRecord& self = table_.self();
    std::uint64_t seed = self.hardware;
    if (seed == 0) {
        std::memcpy(&seed, self.identity.data(), sizeof seed);
    }
    Random sequence(seed);
    for (std::size_t skipped = 0; skipped < number; ++skipped) {
        sequence.next();
    }
    return static_cast<NodeId>(sequence.below(last_node_id) + 1);
}

bool IdClaim::may_be_our_former_self(const Peer& holder, Instant now) const {
    const NodeRecord& self = table_.self();
    return self.stage != Stage::member && self.hardware != 0 && holder.record->hardware == self.hardware &&
           !holder.last_answer && now - started_ < tuning::max_wait_for_predecessor;
}

Instant IdClaim::decision_time() const {
    return std::max(claimed_ + tuning::claim_period, table_expected_);
}

}  // namespace clusterdisc
