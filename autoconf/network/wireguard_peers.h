// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "common/address.h"
#include "network/netlink.h"
#include "wire/node_record.h"

namespace clusterdisc {

using WireguardKey = std::array<std::uint8_t, 32>;

struct WireguardPeer {
    PublicKey public_key{};
    WireguardKey preshared_key{};
    /// Where it listens; none: it must speak first. The link counts for link-local IPv6 addresses only.
    std::optional<Path> endpoint;
    /// Its IPv4 address inside the tunnel.
    IpAddress address;

    bool operator==(const WireguardPeer&) const = default;
};

using WireguardPeers = std::map<PublicKey, WireguardPeer>;

/// The peers by key. Of peers with one key the last counts. Of peers with one address only the first counts: WireGuard
/// would give the address to the last, and lose it for all when that one is removed.
WireguardPeers index_peers(std::span<const WireguardPeer> peers);

struct WireguardChange {
    enum class Kind : std::uint8_t { add, update, remove };

    Kind kind = Kind::add;
    PublicKey public_key{};
    /// What is not there stays as it is.
    std::optional<WireguardKey> preshared_key;
    std::optional<Path> endpoint;
    std::optional<IpAddress> address;

    bool operator==(const WireguardChange&) const = default;
};

/// What makes the second of the first, removals before all else. An endpoint is named only when it is another one than
/// before: WireGuard itself follows a peer that moves, and must not be set back.
std::vector<WireguardChange> difference(const WireguardPeers& before, const WireguardPeers& after);

/// WG_CMD_SET_DEVICE (linux/wireguard.h) for the interface itself; removes all peers.
NetlinkRequest encode_wireguard_device(std::uint16_t family, std::uint32_t interface, const WireguardKey& private_key,
                                       std::uint16_t listen_port);

/// WG_CMD_SET_DEVICE for its peers, in as many messages as are needed, in this order.
std::vector<NetlinkRequest> encode_wireguard_changes(std::uint16_t family, std::uint32_t interface,
                                                     std::span<const WireguardChange> changes);

/// The inverse; parts that encode_wireguard_changes() would not make are left out.
std::vector<WireguardChange> decode_wireguard_changes(const nlmsghdr& message);

}  // namespace clusterdisc
