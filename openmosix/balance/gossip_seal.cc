// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/gossip_seal.h"

namespace openmosix::balance {

static_assert(max_gossip_message_size <= max_sealed_content && max_sealed_gossip_size >= max_gossip_message_size);

std::vector<std::uint8_t> seal_gossip(const GossipMessage& message, const clusterdisc::KeyRing& keys) {
    return seal_datagram(encode(message), keys);
}

std::optional<GossipMessage> open_gossip(std::span<const std::uint8_t> datagram, const clusterdisc::KeyRing& keys) {
    const auto content = open_datagram(datagram, keys);
    return content ? decode_gossip(*content) : std::nullopt;
}

}  // namespace openmosix::balance
