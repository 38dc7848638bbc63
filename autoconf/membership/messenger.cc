// SPDX-License-Identifier: GPL-2.0-or-later
#include "membership/messenger.h"

#include <bit>
#include <utility>

#include "membership/tuning.h"
#include "wire/message_codec.h"

namespace clusterdisc {

void Messenger::hello(std::uint32_t link) {
    Message message = start(Kind::hello, {});
    message.rumours.push_back(table_.rumour_about_self());
    environment_.multicast(link, message);
}

void Messenger::ping_stranger(const Path& path, Discovery discovery, Instant now) {
    Message message = start(Kind::ping, {});
    message.rumours.push_back(table_.rumour_about_self());
    ask(message, path, discovery, now);
    environment_.send(path, message);
}

void Messenger::ping_unproven(const Peer& peer, const UnprovenPath& from, Instant now) {
    Message message = start(Kind::ping, peer.identity);
    introduce_within(message, from.received);
    ask(message, from.path, peer.discovery, now);
    environment_.send(from.path, message);
}

void Messenger::ping(Peer& peer, Instant now, bool on_all_paths) {
    const std::optional<Path> best = peer.paths.best();
    for (const PathTable::Entry& entry : peer.paths.entries()) {
        if (best && !on_all_paths && entry.path != *best) {
            continue;
        }
        Message message = start(Kind::ping, peer.identity);
        if (!peer.session.is_established()) {
            message.rumours.push_back(table_.rumour_about_self());
        }
        ask(message, entry.path, peer.discovery, now);
        if (peer.is_known() && peer.condition != Condition::alive) {
            // It shall know what is said of it, and contradict.
            message.rumours.push_back(PeerTable::rumour_about(peer));
        }
        fill(message);
        environment_.send(entry.path, message);
    }
}

void Messenger::acknowledge(const Message& question, const Path& path, bool asks_back, Instant now) {
    Message message = start(Kind::acknowledgement, question.sender);
    message.echo = question.challenge;
    if (asks_back || question.kind == Kind::acknowledgement) {
        message.rumours.push_back(table_.rumour_about_self());
    }
    if (asks_back) {
        ask_back(message, path, now);
    } else {
        fill(message);
    }
    environment_.send(path, message);
}

void Messenger::acknowledge_unproven(const Message& question, const Path& path, Instant now) {
    Message message = start(Kind::acknowledgement, question.sender);
    message.echo = question.challenge;
    introduce_within(message, encoded_size(question));
    ask_back(message, path, now);
    environment_.send(path, message);
}

void Messenger::acknowledge_for_other(const Message& question, const Path& path) {
    Message message = start(Kind::acknowledgement, question.sender);
    message.echo = question.challenge;
    environment_.send(path, message);
}

void Messenger::request_ping(Peer& helper, const Identity& target, Instant now) {
    const std::optional<Path> path = helper.paths.best();
    if (!path) {
        return;
    }
    Message message = start(Kind::ping_request, helper.identity);
    message.target = target;
    ask(message, *path, helper.discovery, now);
    fill(message);
    environment_.send(*path, message);
}

void Messenger::answer_for(Peer& requester, const Identity& target, std::uint64_t challenge, bool has_answered) {
    Message message = start(has_answered ? Kind::indirect_acknowledgement : Kind::indirect_refusal, requester.identity);
    message.target = target;
    message.echo = challenge;
    send(requester, std::move(message));
}

void Messenger::gossip(Peer& peer) {
    send(peer, start(Kind::gossip, peer.identity));
}

void Messenger::compare(Peer& peer, bool wants_comparison) {
    Message message = start(Kind::compare, peer.identity);
    message.wants_comparison = wants_comparison;
    message.part_digests.assign(table_.part_digests().begin(), table_.part_digests().end());
    send(peer, std::move(message));
}

void Messenger::tell(Peer& peer, std::vector<Rumour> rumours) {
    const std::optional<Path> path = peer.paths.best();
    if (!path) {
        return;
    }
    Message message = start(Kind::gossip, peer.identity);
    message.rumours = std::move(rumours);
    environment_.send(*path, message);
}

void Messenger::leave(std::uint32_t link) {
    environment_.multicast(link, goodbye());
}

void Messenger::leave(Peer& peer) {
    const std::optional<Path> path = peer.paths.best();
    if (path) {
        Message message = goodbye();
        message.recipient = peer.identity;
        environment_.send(*path, message);
    }
}

void Messenger::spread(const Identity& subject, bool is_heard_by_all) {
    const int nodes = static_cast<int>(std::bit_width(table_.live_nodes() + 1));
    const int repetitions = static_cast<int>(tuning::gossip_repetitions);
    queue_.add(subject, is_heard_by_all ? repetitions : repetitions * nodes);
}

std::optional<Question> Messenger::answer(std::uint64_t echo) {
    const auto found = questions_.find(echo);
    if (found == questions_.end()) {
        return std::nullopt;
    }
    const Question question = found->second;
    questions_.erase(found);
    return question;
}

void Messenger::expire_questions(Instant now) {
    while (!waiting_.empty()) {
        const auto found = questions_.find(waiting_.front());
        if (found != questions_.end()) {
            if (now - found->second.sent < tuning::answer_time) {
                break;
            }
            found->second.is_late = true;
            late_.push_back(found->first);
            Peer* const peer = table_.find(found->second.recipient);
            if (peer != nullptr && found->second.kind == Kind::ping) {
                peer->paths.missed(found->second.path);
            }
        }
        waiting_.pop_front();
    }
    while (!late_.empty()) {
        const auto found = questions_.find(late_.front());
        if (found != questions_.end()) {
            if (now - found->second.sent < tuning::question_age) {
                break;
            }
            questions_.erase(found);
        }
        late_.pop_front();
    }
}

Message Messenger::start(Kind kind, const Identity& recipient) {
    Message message;
    message.kind = kind;
    message.sender = table_.self().identity;
    message.recipient = recipient;
    message.sequence = ++sequence_;
    message.table_digest = table_.digest();
    return message;
}

void Messenger::fill(Message& message) {
    queue_.fill(
        message, [this](const Identity& subject) { return words(subject); }, message.recipient);
}

void Messenger::ask(Message& message, const Path& path, Discovery discovery, Instant now) {
    message.challenge = environment_.new_challenge();
    questions_[message.challenge] = Question{.kind = message.kind,
                                             .recipient = message.recipient,
                                             .path = path,
                                             .sent = now,
                                             .discovery = discovery,
                                             .has_introduced_us = !message.rumours.empty(),
                                             .is_late = false};
    waiting_.push_back(message.challenge);
}

void Messenger::ask_back(Message& message, const Path& path, Instant now) {
    if (questions_.size() < tuning::max_questions) {
        const Peer* const peer = table_.find(message.recipient);
        ask(message, path, peer == nullptr ? Discovery::gossip : peer->discovery, now);
    }
}

void Messenger::introduce_within(Message& message, std::size_t max_bytes) const {
    Rumour self = table_.rumour_about_self();
    if (encoded_size(message) + encoded_size(self) <= max_bytes) {
        message.rumours.push_back(std::move(self));
    }
}

std::optional<Rumour> Messenger::words(const Identity& subject) const {
    if (subject == table_.self().identity) {
        return table_.rumour_about_self();
    }
    const Peer* const peer = table_.find(subject);
    if (peer == nullptr || !peer->is_known()) {
        return std::nullopt;
    }
    return PeerTable::rumour_about(*peer);
}

void Messenger::send(Peer& peer, Message message) {
    const std::optional<Path> path = peer.paths.best();
    if (path) {
        fill(message);
        environment_.send(*path, message);
    }
}

Message Messenger::goodbye() {
    Message message = start(Kind::gossip, {});
    Rumour rumour = table_.rumour_about_self();
    rumour.condition = Condition::left;
    rumour.record.reset();
    message.rumours.push_back(rumour);
    return message;
}

}  // namespace clusterdisc
