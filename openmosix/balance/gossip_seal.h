// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "balance/datagram_seal.h"
#include "balance/gossip_message.h"
#include "common/cluster_keys.h"

namespace openmosix::balance {

/// A gossip message with its seal (datagram_seal.h). Sender, recipient, run and sequence are in what is authenticated:
/// a message does nothing at another node and nothing a second time (ViewTable).
inline constexpr std::size_t gossip_seal_size = datagram_seal_size;
inline constexpr std::size_t max_sealed_gossip_size = max_gossip_message_size + gossip_seal_size;

/// With the first key of the ring. Throws std::logic_error when encode() does.
std::vector<std::uint8_t> seal_gossip(const GossipMessage& message, const clusterdisc::KeyRing& keys);

/// The message when it was sealed with any key of the ring, else none. Takes any input, never throws because of it;
/// safe in any thread.
std::optional<GossipMessage> open_gossip(std::span<const std::uint8_t> datagram, const clusterdisc::KeyRing& keys);

}  // namespace openmosix::balance
