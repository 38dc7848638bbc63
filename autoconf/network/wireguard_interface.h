// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "membership/link.h"
#include "network/netlink.h"
#include "network/wireguard_peers.h"

namespace clusterdisc {

struct WireguardKeys {
    /// Clamped (RFC 7748, section 5).
    WireguardKey private_key{};
    PublicKey public_key{};
};

/// New random keys. Throws std::runtime_error when libsodium cannot start.
WireguardKeys generate_wireguard_keys();

/// Owns a WireGuard interface: made at the start, removed at the end. Only the interface that this object made is
/// removed, never another one that has taken its name meanwhile.
class WireguardInterface {
public:
    /// Whether this kernel has WireGuard; loads its module when there is one.
    static bool is_available();

    /// Makes the interface and sets it up, without an address and with the kernel's MTU. An older WireGuard interface
    /// of this name, left by an agent that was killed, is replaced; any other interface of this name is an error.
    /// Throws std::system_error.
    WireguardInterface(const std::string& name, const WireguardKey& private_key, std::uint16_t listen_port);
    WireguardInterface(const WireguardInterface&) = delete;
    WireguardInterface& operator=(const WireguardInterface&) = delete;
    WireguardInterface(WireguardInterface&&) = delete;
    WireguardInterface& operator=(WireguardInterface&&) = delete;
    ~WireguardInterface();

    [[nodiscard]] std::uint32_t index() const { return index_; }
    /// Gives the interface this address in place of the one before; none: takes it away. Throws std::system_error.
    void set_address(const std::optional<LinkPrefix>& prefix);
    /// Makes these all the peers, telling the kernel only what has changed since the last call. When that fails, the
    /// next call tells it everything. Throws std::system_error.
    void set_peers(std::span<const WireguardPeer> peers);

private:
    void configure();

    std::string name_;
    WireguardKey private_key_;
    std::uint16_t listen_port_;
    NetlinkSocket routing_;
    NetlinkSocket generic_;
    std::uint16_t family_;
    std::uint32_t index_;
    std::optional<LinkPrefix> prefix_;
    WireguardPeers peers_;
    /// Whether the kernel has exactly `peers_`.
    bool is_known_ = false;
};

}  // namespace clusterdisc
