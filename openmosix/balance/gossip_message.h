// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "balance/node_state.h"
#include "balance/tuning.h"

namespace openmosix::balance {

/// What a node tells another one about the cluster's load, in one datagram.
struct GossipMessage {
    NodeId sender = 0;
    NodeId recipient = 0;
    /// The sender's run, and the number of this message in it, from 1 on. What is not newer than an earlier message of
    /// the run is dropped, so recordings do nothing.
    std::uint32_t run = 0;
    std::uint32_t sequence = 0;
    /// At most tuning::max_entries_of_message, each of another node; the sender's own is the first.
    std::vector<LoadEntry> entries;

    bool operator==(const GossipMessage&) const = default;
};

/// Of an entry and of a whole message, in bytes.
inline constexpr std::size_t gossip_entry_size = 44;
inline constexpr std::size_t gossip_header_size = 14;
inline constexpr std::size_t max_gossip_message_size =
    gossip_header_size + tuning::max_entries_of_message * gossip_entry_size;

/// All numbers are big-endian, unused bits are zero, nothing follows the end. A message has exactly one encoding.
///
///     message     bytes
///     version         1   1
///     sender          2   1 to last_node_id
///     recipient       2   1 to last_node_id, not the sender
///     run             4
///     sequence        4   not zero
///     entries         1   1 to max_entries_of_message
///     entry        44 each
///
///     entry       bytes
///     node            2   1 to last_node_id; the first is the sender's, no node twice
///     run             4   of the first: the sender's
///     sequence        4
///     age             2   in 10 ms; of the first: 0
///     speed           4
///     cores           2
///     threads         2
///     limit           4
///     runnable        4   in hundredths
///     total pages     4
///     free pages      4
///     guests          2
///     user            1   0 or 1
///     ABIs            1   bits of Abi, at least one
///     policies        1   bits of NodePolicy
///     reserved        3   zero
///
/// Throws std::logic_error for a message that has no encoding. Values of a state may be absurd (plausibility.h): the
/// receiver decides what that means.
std::vector<std::uint8_t> encode(const GossipMessage& message);

/// The inverse: decode(encode(message)) equals message, and encode(*decode(bytes)) equals bytes. None for anything that
/// encode() would not have made. Takes any input; safe in any thread.
std::optional<GossipMessage> decode_gossip(std::span<const std::uint8_t> bytes);

}  // namespace openmosix::balance
