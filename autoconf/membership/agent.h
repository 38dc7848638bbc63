// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/random.h"
#include "membership/comparison.h"
#include "membership/contacts.h"
#include "membership/environment.h"
#include "membership/failure_detector.h"
#include "membership/hello_schedule.h"
#include "membership/id_claim.h"
#include "membership/link.h"
#include "membership/member_view.h"
#include "membership/messenger.h"
#include "membership/peer_table.h"

namespace clusterdisc {

struct AgentSettings {
    /// Identity, key, hardware, name, ports and keys; the agent itself fills in the rest.
    NodeRecord self;
    std::uint16_t port = 0;
    /// 0: derived from the hardware.
    NodeId wanted_id = 0;
    std::uint64_t seed = 0;
    bool uses_multicast = true;
    /// A run of this agent on this machine that ended without a goodbye.
    std::vector<Rumour> predecessors;
};

/// A node's part in the cluster, without sockets, clocks and threads: whoever drives it tells what happened and when,
/// and what it wants done goes to the Environment. One thread; `now` never goes back.
class Agent {
public:
    Agent(AgentSettings settings, Environment& environment);

    void start(Instant now);
    /// To be called when next_tick() has come.
    void tick(Instant now);
    [[nodiscard]] Instant next_tick() const;

    /// An authentic message; whether it is fresh is found out here.
    void receive(Instant now, const Path& from, bool was_multicast, const Message& message);
    void links_changed(Instant now, const std::vector<Link>& links);
    /// Somebody may be there: told by Avahi, or configured.
    void hint(Instant now, const Path& path, Discovery discovery);
    void kernel_answered(Instant now, const Path& path);
    void port_unreachable(Instant now, const Path& path);
    /// Whether processes of ours are away, or guests are here.
    void set_busy(Instant now, bool is_busy);
    void set_keys(Instant now, std::vector<KeyId> keys);
    /// Says goodbye; to be called twice, tuning::leave_pause apart, before the end.
    void leave(Instant now);

    [[nodiscard]] const NodeRecord& self() const { return table_.self(); }
    [[nodiscard]] ClusterView view() const;
    [[nodiscard]] const PeerTable& table() const { return table_; }

private:
    void begin(Instant now);
    void end();
    void announce(Instant now);
    void say_hellos(Instant now);
    void pass_on_news(Instant now);
    void take_answer(const Question& question, const Message& message, Instant now);
    void introduce_to(Peer& peer, bool is_introduced);
    void hear_rumours(const Message& message, bool was_multicast, Instant now);
    void hear_rumour(const Rumour& rumour, const Message& message, bool was_multicast, Instant now);
    void act(const Message& message, const Path& from, Peer& peer, Instant now);
    void clean_up(Instant now);

    AgentSettings settings_;
    Environment& environment_;
    Random random_;
    PeerTable table_;
    Messenger messenger_;
    HelloSchedule hellos_;
    Contacts contacts_;
    Comparison comparison_;
    FailureDetector detector_;
    IdClaim claim_;
    Instant next_gossip_{};
    Instant next_cleaning_{};
    Instant last_run_{};
    Instant expected_run_{};
    Instant started_{};
    bool is_started_ = false;
    bool is_leaving_ = false;
    std::uint64_t seen_version_ = 0;
};

}  // namespace clusterdisc
