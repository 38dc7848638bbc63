// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "balance/gossip_message.h"
#include "balance/node_state.h"
#include "balance/seconds.h"

namespace openmosix::balance {

/// How far a node's reports are believed.
enum class Trust : std::uint8_t {
    trusted,
    /// It said something absurd not long ago (tuning::distrust_time): it gets no processes from here by itself.
    distrusted,
};

/// What this node knows of another one.
struct KnownNode {
    NodeState state;
    /// When the node said so, by this node's clock.
    Instant said{};
    Trust trust = Trust::trusted;
};

/// Why a message or an entry was not used.
enum class EntryFault : std::uint8_t {
    not_a_member,
    /// What is known is as new or newer.
    not_newer,
    /// Older than tuning::max_age.
    too_old,
    /// A run that has ended, or a new run that only others tell of.
    other_run,
    /// More reports than a node makes in this time.
    too_fast,
    /// See plausibility.h.
    absurd,
    /// About this node, which knows better.
    about_self,
};
const char* to_text(EntryFault fault);

/// The latest reports of other members, as far as they have come here: this node's partial view of the cluster.
///
/// A member may lie. About itself: what is absurd is flagged, the rest is for admission to bear out. About others: a
/// report with a later sequence number replaces what is known, but a number that the node cannot have reached yet does
/// not, and what the node itself says in its own message replaces what others have said. One thread; `now` never goes
/// back.
class ViewTable {
public:
    explicit ViewTable(NodeId own) : own_(own) {}

    /// The node map: entries about others are dropped and refused.
    void set_members(const std::vector<NodeId>& members);

    /// Takes a message that came from its sender; returns how many entries were new. An own entry that is refused makes
    /// the rest of the message count for nothing.
    std::size_t receive(Instant now, const GossipMessage& message);

    /// Members whose last report is not older than `max_age`, by node id; valid until the next call that is not const.
    [[nodiscard]] std::vector<KnownNode> known(Instant now, Instant max_age) const;
    /// None when nothing is known of it.
    [[nodiscard]] std::optional<KnownNode> find(Instant now, NodeId node) const;
    /// For messages: what is known, with its age, of members that are not distrusted.
    [[nodiscard]] std::vector<LoadEntry> entries(Instant now) const;

    /// Drops what is older than tuning::max_age.
    void forget_old(Instant now);

    /// Refused entries by reason, for diagnosis; counts since the start.
    [[nodiscard]] const std::map<EntryFault, std::uint64_t>& faults() const { return faults_; }

private:
    struct Held {
        LoadEntry entry;
        Instant said{};
        /// Run and number of the last message that came from the node itself; none: only others told of it.
        std::optional<std::uint32_t> own_run;
        std::uint32_t last_message = 0;
        Instant distrusted_until{};
        /// Runs that its own messages have ended: what others tell ends none.
        std::deque<std::uint32_t> retired_runs;

        /// The node itself has sent this.
        void count(const GossipMessage& message);
    };
    enum class Source : std::uint8_t { node_itself, another_node };

    std::optional<EntryFault> take(Instant now, const LoadEntry& entry, Source source);
    [[nodiscard]] static std::optional<EntryFault> fault_of(Instant now, const Held& held, const LoadEntry& entry,
                                                            Instant said, Source source);
    void refuse(EntryFault fault) { ++faults_[fault]; }
    void distrust(Instant now, NodeId node);

    NodeId own_;
    std::set<NodeId> members_;
    std::map<NodeId, Held> held_;
    std::map<EntryFault, std::uint64_t> faults_;
};

}  // namespace openmosix::balance
