// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "balance/gossip_message.h"
#include "common/cluster_keys.h"

namespace openmosix::balance {

/// A gossip message for a network without WireGuard (`plain = true`): id of the key (4 bytes), the message, and its
/// message authentication code (16 bytes). The code is BLAKE2b (RFC 7693) of all before it, keyed with a key that is
/// derived for this alone: BLAKE2b (32 bytes), keyed with DerivedKeys::migration, of "clusterdisc load gossip 1".
///
/// Load is not secret, so nothing is encrypted. Sender, recipient, run and sequence are in what is authenticated: a
/// message does nothing at another node and nothing a second time (ViewTable). Over om0 messages go without a seal,
/// WireGuard has authenticated them.
inline constexpr std::size_t gossip_seal_size = 4 + 16;
inline constexpr std::size_t max_sealed_gossip_size = max_gossip_message_size + gossip_seal_size;

/// With the first key of the ring. Throws std::logic_error when encode() does.
std::vector<std::uint8_t> seal_gossip(const GossipMessage& message, const clusterdisc::KeyRing& keys);

/// The message when it was sealed with any key of the ring, else none. Takes any input, never throws because of it;
/// safe in any thread.
std::optional<GossipMessage> open_gossip(std::span<const std::uint8_t> datagram, const clusterdisc::KeyRing& keys);

}  // namespace openmosix::balance
