// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "balance/gossip_message.h"
#include "balance/view_table.h"
#include "common/random.h"

namespace openmosix::balance {

/// A node's part in spreading load information: whom it tells what, and when. As openMosix's information daemon, each
/// node sends a bounded vector of recent entries to random members at fixed intervals, so the cost of a node does not
/// depend on the number of nodes; Amar, Barak, Drezner and Okun ("Randomized gossip algorithms for maintaining a
/// distributed bulletin board with guaranteed age properties", Concurrency and Computation 21, 2009) give the ages.
///
/// No sockets and no clocks: omd sends what tick() returns and hands in what arrives, opened and decoded. One thread;
/// `now` never goes back.
class LoadGossip {
public:
    /// `run` is random and new at each start of omd; `seed` decides about schedules alone.
    LoadGossip(NodeId own, std::uint32_t run, std::uint64_t seed);

    /// The node ids of the node map; this node's own may be among them.
    void set_members(const std::vector<NodeId>& members);

    /// When tick() is to be called.
    [[nodiscard]] Instant next_tick() const { return next_tick_; }
    /// Returns the message that is to be sent now, if any. `own` is what this node says about itself now; a node that
    /// is quiet says nothing, and none is asked of it.
    std::optional<GossipMessage> tick(Instant now, const NodeState& own);

    /// A message came from its sender: authenticated by om0 or by its seal, and with the sender's address in the node
    /// map. A node that is quiet drops it. Returns how many entries were new.
    std::size_t receive(Instant now, const GossipMessage& message);

    [[nodiscard]] const ViewTable& view() const { return view_; }

private:
    std::optional<NodeId> next_peer();
    std::vector<LoadEntry> choose_entries(Instant now, NodeId recipient);

    NodeId own_;
    std::uint32_t run_;
    clusterdisc::Random random_;
    ViewTable view_;
    std::vector<NodeId> members_;
    /// Members in random order; each is told once before any is told again.
    std::vector<NodeId> round_;
    std::uint32_t message_sequence_ = 0;
    std::uint32_t entry_sequence_ = 0;
    bool is_quiet_ = false;
    Instant next_tick_{};
};

}  // namespace openmosix::balance
