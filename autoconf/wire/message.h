// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "wire/node_record.h"

namespace clusterdisc {

/// What the cluster holds of a node. At the same incarnation a later one of these overrides an earlier one; a higher
/// incarnation, which only the node itself makes, overrides all but `left` (SWIM, section 4.2).
enum class Condition : std::uint8_t {
    alive = 0,
    suspect = 1,
    dead = 2,
    /// Said goodbye. Final for this identity.
    left = 3,
};

/// One piece of news about a node.
struct Rumour {
    Identity subject{};
    std::uint32_t incarnation = 0;
    Condition condition = Condition::alive;
    /// The node's own words; always there when alive, else only when needed to introduce the node.
    std::shared_ptr<const NodeRecord> record;
};

enum class Kind : std::uint8_t {
    /// To everybody on a link: here I am. Carries the sender's record.
    hello = 0,
    /// Are you there? Always carries a challenge.
    ping = 1,
    /// Yes: echoes the challenge of a ping, or of another acknowledgement.
    acknowledgement = 2,
    /// Please ping `target` for me (SWIM's ping-req).
    ping_request = 3,
    /// The answer to a ping_request whose target answered ...
    indirect_acknowledgement = 4,
    /// ... and the one when it did not, but I am here (Lifeguard's nack).
    indirect_refusal = 5,
    /// News only.
    gossip = 6,
    /// My table in short: answer with what differs.
    compare = 7,
};
inline constexpr std::uint8_t last_kind = 7;

/// The tables of two nodes are compared by parts: members whose identity has the same first bits.
inline constexpr std::size_t table_parts = 32;
using PartDigests = std::array<std::uint64_t, table_parts>;

/// One datagram. How freshness follows from `sequence`, `challenge` and `echo`: see membership/session.h.
struct Message {
    Kind kind = Kind::hello;
    Identity sender{};
    /// For whom it is; zero when anybody at that address is meant.
    Identity recipient{};
    /// Counts the sender's messages since its start, of all kinds and to all recipients.
    std::uint64_t sequence = 0;
    /// A random number that the answer must echo; 0 when none is asked for.
    std::uint64_t challenge = 0;
    /// The challenge that this answers; 0 when none.
    std::uint64_t echo = 0;
    /// PeerTable::digest() of the sender (membership/peer_table.h); 0 when unknown.
    std::uint64_t table_digest = 0;
    /// Of whom a ping_request and its answers speak.
    Identity target{};
    /// Of compare: whether the recipient shall compare in return.
    bool wants_comparison = false;
    /// Of compare.
    std::vector<std::uint64_t> part_digests;
    std::vector<Rumour> rumours;
};

/// What is sent at most in one datagram, sealed: fits any link with IPv6 (RFC 8200: 1280 bytes).
inline constexpr std::size_t max_datagram = 1232;
inline constexpr std::size_t max_rumours = 48;

}  // namespace clusterdisc
