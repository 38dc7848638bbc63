// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/cluster_keys.h"

namespace openmosix::balance {

/// A datagram of omd: id of the key (4 bytes), the content, and its message authentication code (16 bytes). The code is
/// BLAKE2b (RFC 7693) of all before it, keyed with a key that is derived for this alone: BLAKE2b (32 bytes), keyed with
/// DerivedKeys::migration, of "clusterdisc load gossip 1".
///
/// Load is not secret, so nothing is encrypted. Datagrams are sealed over om0, too: omd need not know what carries
/// them.
inline constexpr std::size_t datagram_seal_size = 4 + 16;
/// Of the content, in bytes.
inline constexpr std::size_t max_sealed_content = 1200;

/// With the first key of the ring.
std::vector<std::uint8_t> seal_datagram(std::span<const std::uint8_t> content, const clusterdisc::KeyRing& keys);

/// The content, a part of `datagram`, when it was sealed with any key of the ring; else none. Takes any input, never
/// throws because of it; safe in any thread.
std::optional<std::span<const std::uint8_t>> open_datagram(std::span<const std::uint8_t> datagram,
                                                           const clusterdisc::KeyRing& keys);

}  // namespace openmosix::balance
