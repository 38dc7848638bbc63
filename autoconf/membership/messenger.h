// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "membership/environment.h"
#include "membership/gossip_queue.h"
#include "membership/peer_table.h"

namespace clusterdisc {

/// A challenge that waits for its echo.
struct Question {
    Kind kind = Kind::ping;
    /// Zero when it was for whoever is there.
    Identity recipient{};
    Path path;
    Instant sent{};
    Discovery discovery = Discovery::gossip;
    /// It carried our record.
    bool has_introduced_us = false;
    bool is_late = false;
};

/// Makes messages: numbers them, lets news travel along, and remembers what was asked.
class Messenger {
public:
    Messenger(PeerTable& table, Environment& environment) : table_(table), environment_(environment) {}

    void hello(std::uint32_t link);
    /// To whoever is there; introduces us.
    void ping_stranger(const Path& path, Discovery discovery, Instant now);
    /// On the path in use; on all known ones when none works, or when `on_all_paths`.
    void ping(Peer& peer, Instant now, bool on_all_paths = false);
    /// To a sender of which nothing is proven: not larger than what came from there.
    void ping_unproven(const Peer& peer, const UnprovenPath& from, Instant now);
    /// Answers a question. `asks_back`: we in turn want to know whether the node is there. What answers another answer
    /// introduces us, as the other side has asked back because it does not know us yet.
    void acknowledge(const Message& question, const Path& path, bool asks_back, Instant now);
    /// Answers what may be a recording, played back under somebody else's address, and asks back. The answer is not
    /// larger than the question.
    void acknowledge_unproven(const Message& question, const Path& path, Instant now);
    /// Answers a question for a node that had our address before.
    void acknowledge_for_other(const Message& question, const Path& path);
    void request_ping(Peer& helper, const Identity& target, Instant now);
    /// `challenge`: that of the ping_request.
    void answer_for(Peer& requester, const Identity& target, std::uint64_t challenge, bool has_answered);
    void gossip(Peer& peer);
    void compare(Peer& peer, bool wants_comparison);
    /// Rumours only, as given.
    void tell(Peer& peer, std::vector<Rumour> rumours);
    /// Our goodbye, to all on our links or to one.
    void leave(std::uint32_t link);
    void leave(Peer& peer);

    /// There is news about a node. `is_heard_by_all`: the subject itself told everybody on the link.
    void spread(const Identity& subject, bool is_heard_by_all = false);
    [[nodiscard]] bool has_news() const { return !queue_.empty(); }

    /// The question that this echo answers; it is answered only once.
    std::optional<Question> answer(std::uint64_t echo);
    /// Counts what was not answered in time against its path.
    void expire_questions(Instant now);

private:
    Message start(Kind kind, const Identity& recipient);
    void fill(Message& message);
    /// Makes the message a question, so it must be complete but for what fill() adds.
    void ask(Message& message, const Path& path, Discovery discovery, Instant now);
    void ask_back(Message& message, const Path& path, Instant now);
    /// Adds our record to `message` if there is room for it.
    void introduce_within(Message& message, std::size_t max_bytes) const;
    std::optional<Rumour> words(const Identity& subject) const;
    void send(Peer& peer, Message message);
    Message goodbye();

    PeerTable& table_;
    Environment& environment_;
    GossipQueue queue_;
    std::uint64_t sequence_ = 0;
    std::unordered_map<std::uint64_t, Question> questions_;
    /// In the order in which they were asked: not yet late, and late.
    std::deque<std::uint64_t> waiting_;
    std::deque<std::uint64_t> late_;
};

}  // namespace clusterdisc
