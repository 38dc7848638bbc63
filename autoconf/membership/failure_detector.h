// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "common/random.h"
#include "membership/environment.h"
#include "membership/messenger.h"
#include "membership/peer_table.h"

namespace clusterdisc {

/// Watches the members: SWIM (Das, Gupta, Motivala, DSN 2002) with Lifeguard's local health (Dadgar, Phillips, Currey,
/// 2017, arXiv:1707.00788), and one step more: before a suspect is declared dead its kernel is asked. A node that is
/// only stopped or starved answers there, and is kept.
class FailureDetector {
public:
    FailureDetector(PeerTable& table, Messenger& messenger, Environment& environment, Random& random)
        : table_(table), messenger_(messenger), environment_(environment), random_(random) {}

    void start(Instant now);
    void tick(Instant now);
    [[nodiscard]] Instant next() const;

    /// Any fresh message of it: it lives.
    void heard(Peer& peer, Instant now);
    /// It answered a question of ours.
    void answered(Peer& peer, Instant now);
    /// Whether an accusation is not to be believed as it stands. Who was heard just now, or whose kernel answers, is
    /// told of it, to contradict; who is said to be dead and was in our reach is asked first, and has half a second.
    bool disputes(Peer& peer, const Rumour& accusation, Instant now);
    /// There is reason to believe that it is gone: the last questions begin.
    void verify_death(Peer& peer, Instant now);
    /// A node asks us to ping another one, and what came of our own such question.
    void relay(const Message& request, Peer& requester, Instant now);
    void indirect_answer(const Message& answer);
    /// We did not run for so long: nothing that ran out meanwhile counts.
    void stalled(Instant pause, Instant now);

private:
    struct Probe {
        Identity target{};
        Instant start{};
        int step = 0;
        bool is_answered = false;
        bool is_answered_indirectly = false;
        int helpers = 0;
        int helpers_heard = 0;
    };
    struct Relay {
        Identity requester{};
        Identity target{};
        std::uint64_t challenge = 0;
        Instant deadline{};
    };

    [[nodiscard]] Instant interval() const;
    [[nodiscard]] Instant probe_time() const { return interval() * (1 + health_); }
    void begin_probe(Instant now);
    void continue_probe(Instant now);
    void end_probe(Instant now);
    void ask_helpers(Peer& target, Instant now);
    void suspect(Peer& peer, Instant now);
    void watch_suspect(Peer& peer, Instant now);
    void ask_suspect(Peer& peer, Instant now);
    void bury(Peer& peer, Instant now);
    /// Whether anybody else is there who may know more of a suspect.
    [[nodiscard]] bool has_witnesses(const Peer& suspect) const;
    [[nodiscard]] static bool is_frozen(const Peer& peer, Instant since, Instant now);
    [[nodiscard]] Instant suspicion_end(const Suspicion& suspicion) const;

    PeerTable& table_;
    Messenger& messenger_;
    Environment& environment_;
    Random& random_;
    std::vector<Identity> ring_;
    std::optional<Probe> probe_;
    Instant next_probe_{};
    std::vector<Relay> relays_;
    int health_ = 0;
};

}  // namespace clusterdisc
