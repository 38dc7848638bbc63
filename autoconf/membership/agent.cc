// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/agent.h"

#include <algorithm>

#include "membership/cluster_view.h"
#include "membership/tuning.h"
#include "membership/unproven_sender.h"

namespace clusterdisc {
namespace {

bool is_nobody(const Identity& identity) {
    return identity == Identity{};
}

}  // namespace

Agent::Agent(AgentSettings settings, Environment& environment)
    : settings_(std::move(settings)), environment_(environment), random_(settings_.seed), table_(settings_.self),
      messenger_(table_, environment), contacts_(table_, messenger_, random_), comparison_(table_, messenger_, random_),
      detector_(table_, messenger_, environment, random_),
      claim_(table_, environment, settings_.wanted_id, [this](Instant now) { announce(now); }) {}

void Agent::start(Instant now) {
    last_run_ = now;
    expected_run_ = now;
    started_ = now;
    is_started_ = true;
    claim_.start(now, random_);
    detector_.start(now);
    next_cleaning_ = now + tuning::max_contact_pause;
    end();
}

void Agent::tick(Instant now) {
    begin(now);
    messenger_.expire_questions(now);
    claim_.tick(now);
    detector_.tick(now);
    contacts_.tick(now);
    say_hellos(now);
    pass_on_news(now);
    clean_up(now);
    end();
}

Instant Agent::next_tick() const {
    Instant next = std::min(detector_.next(), next_cleaning_);
    for (const std::optional<Instant>& time :
         {settings_.uses_multicast ? hellos_.next() : std::nullopt, claim_.next(), contacts_.next()}) {
        next = std::min(next, time.value_or(next));
    }
    return messenger_.has_news() ? std::min(next, next_gossip_) : next;
}

void Agent::receive(Instant now, const Path& from, bool was_multicast, const Message& message) {
    if (message.sender == table_.self().identity) {
        return;
    }
    begin(now);
    const std::optional<Question> question = message.echo == 0 ? std::nullopt : messenger_.answer(message.echo);
    if (question) {
        take_answer(*question, message, now);
    }
    if (!is_nobody(message.recipient) && message.recipient != table_.self().identity) {
        // For a node that had our address before. The answer says that we are here now.
        if (message.kind == Kind::ping && may_answer_unproven(message, from, contacts_.links())) {
            messenger_.acknowledge_for_other(message, from);
        }
        end();
        return;
    }
    Peer* const peer = table_.meet(message.sender);
    if (peer == nullptr) {
        end();
        return;
    }
    bool is_new_session = false;
    if (question && !peer->session.is_established()) {
        peer->session.establish(message.sequence);
        is_new_session = true;
    }
    const bool is_fresh = peer->session.accept(message.sequence) || question.has_value();
    if (!is_fresh) {
        if (!peer->session.is_established()) {
            contacts_.hear_unproven(*peer, from, message, now);
        }
        end();
        return;
    }
    peer->paths.add(from);
    // The time that a helper takes to ask somebody else says nothing about the path to it.
    if (question && question->kind != Kind::ping_request) {
        peer->paths.answered(question->path, now, now - question->sent);
    }
    detector_.heard(*peer, now);
    if (question) {
        detector_.answered(*peer, now);
    }
    hear_rumours(message, was_multicast, now);
    if (is_new_session) {
        introduce_to(*peer, question->has_introduced_us);
    }
    act(message, from, *peer, now);
    end();
}

void Agent::links_changed(Instant now, const std::vector<Link>& links) {
    begin(now);
    contacts_.set_links(links, now);
    hellos_.set_links(links, now);
    std::vector<Endpoint> endpoints;
    for (const Link& link : links) {
        for (const LinkPrefix& prefix : link.addresses) {
            if (endpoints.size() < max_endpoints) {
                endpoints.push_back({.address = prefix.address, .port = settings_.port});
            }
        }
    }
    if (endpoints != table_.self().endpoints) {
        table_.change_self([&](NodeRecord& record) { record.endpoints = endpoints; });
        announce(now);
    }
    end();
}

void Agent::hint(Instant now, const Path& path, Discovery discovery) {
    begin(now);
    contacts_.hint(path, discovery, discovery == Discovery::static_peer, now);
    end();
}

void Agent::kernel_answered(Instant now, const Path& path) {
    begin(now);
    for (const Identity& identity : table_.suspects()) {
        table_.find(identity)->paths.kernel_answered(path, now);
    }
    end();
}

void Agent::port_unreachable(Instant now, const Path& path) {
    begin(now);
    for (auto& [identity, peer] : table_.peers()) {
        peer.paths.refused(path, now);
    }
    end();
}

void Agent::set_busy(Instant now, bool is_busy) {
    begin(now);
    if (table_.self().busy != is_busy) {
        table_.change_self([&](NodeRecord& record) { record.busy = is_busy; });
        announce(now);
    }
    end();
}

void Agent::set_keys(Instant now, std::vector<KeyId> keys) {
    begin(now);
    if (table_.self().keys != keys) {
        table_.change_self([&](NodeRecord& record) { record.keys = std::move(keys); });
        announce(now);
    }
    end();
}

void Agent::leave(Instant now) {
    begin(now);
    is_leaving_ = true;
    if (settings_.uses_multicast) {
        for (const Link& link : contacts_.links()) {
            messenger_.leave(link.index);
        }
    }
    std::vector<Peer*> peers;
    for (auto& [identity, peer] : table_.peers()) {
        if (peer.is_live() && peer.is_reachable) {
            peers.push_back(&peer);
        }
    }
    // The others hear it from these.
    constexpr std::size_t max_told = 16;
    random_.shuffle(peers);
    peers.resize(std::min(peers.size(), max_told));
    for (Peer* const peer : peers) {
        messenger_.leave(*peer);
    }
    end();
}

ClusterView Agent::view() const {
    return make_cluster_view(table_, contacts_.links(), started_);
}

void Agent::begin(Instant now) {
    if (is_started_ && now > expected_run_ + tuning::stall && now > last_run_ + tuning::stall) {
        const Instant pause = now - std::max(expected_run_, last_run_);
        detector_.stalled(pause, now);
        claim_.delay(pause);
    }
    last_run_ = now;
}

void Agent::end() {
    if (!is_started_) {
        return;
    }
    for (const Identity& identity : table_.take_dead()) {
        Peer* const peer = table_.find(identity);
        if (peer != nullptr) {
            contacts_.want(*peer, last_run_);
        }
    }
    if (seen_version_ != table_.version()) {
        claim_.check(last_run_);
        seen_version_ = table_.version();
        environment_.view_changed();
    }
    expected_run_ = next_tick();
}

void Agent::announce(Instant now) {
    messenger_.spread(table_.self().identity);
    hellos_.announce(now);
    next_gossip_ = std::min(next_gossip_, now + tuning::gossip_interval);
}

void Agent::say_hellos(Instant now) {
    if (!settings_.uses_multicast) {
        return;
    }
    for (const std::uint32_t link : hellos_.due(now, table_.live_nodes(), random_)) {
        messenger_.hello(link);
    }
}

void Agent::pass_on_news(Instant now) {
    if (!messenger_.has_news() || now < next_gossip_) {
        return;
    }
    next_gossip_ = now + tuning::gossip_interval;
    std::vector<Peer*> peers;
    for (auto& [identity, peer] : table_.peers()) {
        if (peer.is_live() && peer.is_reachable) {
            peers.push_back(&peer);
        }
    }
    for (std::size_t count = 0; count < tuning::gossip_fan_out && !peers.empty(); ++count) {
        const auto choice = static_cast<std::ptrdiff_t>(random_.below(peers.size()));
        messenger_.gossip(*peers.at(static_cast<std::size_t>(choice)));
        peers.erase(peers.begin() + choice);
    }
}

void Agent::take_answer(const Question& question, const Message& message, Instant now) {
    contacts_.answered(question.path);
    if (!is_nobody(question.recipient) && question.recipient != message.sender) {
        Peer* const former = table_.find(question.recipient);
        if (former != nullptr) {
            former->paths.remove(question.path);
            if (former->paths.empty() && former->is_live()) {
                // It was reset: there is nowhere else that it could be.
                detector_.verify_death(*former, now);
            }
        }
        return;
    }
    Peer* const peer = table_.meet(message.sender);
    if (peer != nullptr && !peer->last_answer && question.discovery != Discovery::gossip) {
        peer->discovery = question.discovery;
    }
}

void Agent::introduce_to(Peer& peer, bool is_introduced) {
    std::vector<Rumour> rumours = settings_.predecessors;
    if (!is_introduced) {
        rumours.push_back(table_.rumour_about_self());
    }
    if (!rumours.empty()) {
        messenger_.tell(peer, std::move(rumours));
    }
}

void Agent::hear_rumours(const Message& message, bool was_multicast, Instant now) {
    for (const Rumour& rumour : message.rumours) {
        hear_rumour(rumour, message, was_multicast, now);
    }
}

void Agent::hear_rumour(const Rumour& rumour, const Message& message, bool was_multicast, Instant now) {
    if (std::ranges::find(settings_.predecessors, rumour.subject, &Rumour::subject) != settings_.predecessors.end()) {
        return;
    }
    Peer* const known = table_.find(rumour.subject);
    if (known != nullptr && detector_.disputes(*known, rumour, now)) {
        return;
    }
    const bool was_known = known != nullptr && known->is_known();
    switch (table_.apply(rumour, message.sender, now)) {
        case Effect::none:
            return;
        case Effect::slander:
            if (is_leaving_) {
                return;
            }
            table_.change_self([](NodeRecord&) {}, rumour.incarnation);
            announce(now);
            return;
        case Effect::news:
            break;
    }
    const bool is_first_hand = rumour.subject == message.sender && was_multicast;
    messenger_.spread(rumour.subject, is_first_hand);
    Peer* const peer = table_.find(rumour.subject);
    if (peer == nullptr) {
        return;
    }
    if (rumour.record) {
        peer->paths.add_endpoints(peer->record->endpoints, contacts_.links());
    }
    if (peer->condition == Condition::left) {
        environment_.report("node " + std::to_string(peer->record->id) + ", " + peer->record->name + " (" +
                            short_text(peer->identity) + "): left");
    }
    if (peer->is_live() && !peer->is_reachable) {
        const bool wants_our_id = peer->record->id == table_.self().id;
        contacts_.want(*peer, now, wants_our_id);
    }
    if (!was_known && peer->record->stage == Stage::member && table_.self().stage != Stage::member &&
        rumour.subject == message.sender) {
        comparison_.ask(*peer, now);
        claim_.expect_table(now);
    }
}

void Agent::act(const Message& message, const Path& from, Peer& peer, Instant now) {
    comparison_.see(peer, message.table_digest, now);
    switch (message.kind) {
        case Kind::ping:
            messenger_.acknowledge(message, from, !peer.paths.best(), now);
            break;
        case Kind::acknowledgement:
            if (message.challenge != 0) {
                messenger_.acknowledge(message, from, false, now);
            }
            break;
        case Kind::ping_request:
            detector_.relay(message, peer, now);
            break;
        case Kind::indirect_acknowledgement:
        case Kind::indirect_refusal:
            detector_.indirect_answer(message);
            break;
        case Kind::compare:
            comparison_.answer(message, peer, now);
            break;
        case Kind::hello:
            if (!peer.is_reachable || !peer.paths.best()) {
                contacts_.want(peer, now);
            }
            break;
        case Kind::gossip:
            break;
    }
}

void Agent::clean_up(Instant now) {
    if (now < next_cleaning_) {
        return;
    }
    next_cleaning_ = now + tuning::max_contact_pause;
    std::vector<std::pair<Instant, Identity>> departed;
    for (const auto& [identity, peer] : table_.peers()) {
        if (!peer.is_known() || peer.is_live()) {
            continue;
        }
        departed.emplace_back(peer.since, identity);
    }
    std::ranges::sort(departed);
    for (std::size_t index = 0; index < departed.size(); ++index) {
        const Peer* const peer = table_.find(departed.at(index).second);
        const bool is_old = peer->condition == Condition::left && now - peer->since > tuning::obituary_time;
        if (is_old || departed.size() - index > tuning::max_departed) {
            table_.forget(peer->identity);
        }
    }
}

}  // namespace clusterdisc
