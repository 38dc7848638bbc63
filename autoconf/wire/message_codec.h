// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "wire/message.h"

namespace clusterdisc {

/// The plain text of a datagram. All numbers are big-endian, lists are preceded by the number of their elements, unused
/// bits are zero, nothing follows the end. A message has exactly one encoding.
///
///     message     bytes
///     kind            1
///     sender         16   not zero
///     recipient      16
///     sequence        8
///     challenge       8
///     echo            8
///     table digest    8
///     target         16   only in ping_request, indirect_acknowledgement, indirect_refusal
///     comparison      1   only in compare: 1 when wants_comparison, else 0
///     part digests  1+8n  only in compare: n is 0 or table_parts
///     rumours       1+…   up to max_rumours
///
///     rumour      bytes
///     head            1   bits 0 and 1: the condition; bit 2: a record follows
///     subject        16   only without a record (not zero); else it is the hash of the record's public key
///     incarnation     4
///     record          …   if bit 2 says so, as it does in each rumour that a node is alive
///
///     record      bytes
///     state           1   bits 0 and 1: the stage; bit 2: busy; bit 3: settled; bit 4: plain
///     node id         2   zero while joining, 1 to last_node_id otherwise
///     hardware        8
///     public key     32
///     WireGuard port  2
///     keys         1+4n   up to max_keys
///     endpoints    1+…    up to max_endpoints, each: 4 or 6 (1 byte), the address (4 or 16 bytes), the port (2 bytes)
///     name         1+n    1 to max_node_name bytes, each 0x21 to 0x7e
///
/// A record's identity and incarnation are those of its rumour and are not repeated.
///
/// Throws std::logic_error for a message that has no encoding: outside these bounds, with a target, comparison or part
/// digests in a kind that has none, or with a record that is not about its rumour's subject and incarnation or whose
/// identity is not the hash of its key. Whether the message fits into a datagram is the envelope's affair.
std::vector<std::uint8_t> encode(const Message& message);

/// The inverse: decode(encode(message)) equals message, and encode(*decode(bytes)) equals bytes. None for anything that
/// encode() would not have made. Takes any input; safe in any thread.
std::optional<Message> decode(std::span<const std::uint8_t> bytes);

/// How many bytes a rumour takes in a message, and a message without its rumours.
std::size_t encoded_size(const Rumour& rumour);
std::size_t encoded_size(const Message& message);
std::size_t encoded_size_without_rumours(const Message& message);

}  // namespace clusterdisc
