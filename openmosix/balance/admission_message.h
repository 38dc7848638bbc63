// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "balance/admission.h"

namespace openmosix::balance {

/// The target's answer to an AdmissionRequest.
struct AdmissionAnswer {
    /// None: the process may come.
    std::optional<AdmissionRefusal> refusal;
    bool operator==(const AdmissionAnswer&) const = default;
};

/// The node where a guest is asks its home to move it to another node: the home asks that one, and answers as it does.
struct RelayRequest {
    AdmissionRequest request;
    NodeId target = 0;
};

/// The process of an earlier AdmissionRequest does not come.
struct AdmissionCancelled {
    bool operator==(const AdmissionCancelled&) const = default;
};

/// A node that wants to send a process asks the target, and the target answers, in one datagram each (datagram_seal.h).
/// When the move fails that was admitted, the node that asked cancels it, which is not answered.
struct AdmissionMessage {
    NodeId sender = 0;
    NodeId recipient = 0;
    /// Of the node that asks: its run (LoadEntry::run), and the number of the question in it, from 1 on. The answer has
    /// the same, and so has what cancels it. A question that is not newer than an earlier one of the run is answered as
    /// that was, or not at all.
    std::uint32_t run = 0;
    std::uint32_t sequence = 0;
    /// `from` of a request is the sender.
    std::variant<AdmissionRequest, AdmissionAnswer, AdmissionCancelled, RelayRequest> content;
};

inline constexpr std::size_t max_admission_message_size = 64;

/// All numbers are big-endian, nothing follows the end. A message has exactly one encoding.
///
///     version         1   3: other than that of gossip_message.h
///     kind            1   1 request, 2 answer, 3 cancelled, 4 to the home of a guest
///     sender          2   1 to last_node_id
///     recipient       2   1 to last_node_id, not the sender
///     run             4
///     sequence        4   not zero
///     of a request:
///     home            2   1 to last_node_id
///     pid             4   not zero
///     purpose         1
///     ABI             1
///     pages           4
///     demand          4   in thousandths
///     expected        4   in thousandths
///     of an answer:
///     refusal         1   0: none, else AdmissionRefusal + 1
///     of what cancels: nothing
///     to the home of a guest: as of a request, whose home is the recipient, and then
///     target          2   1 to last_node_id, neither the sender nor the recipient
///
/// Throws std::logic_error for a message that has no encoding.
std::vector<std::uint8_t> encode(const AdmissionMessage& message);
/// None for anything that encode() would not have made. Takes any input; safe in any thread.
std::optional<AdmissionMessage> decode_admission(std::span<const std::uint8_t> bytes);

}  // namespace openmosix::balance
