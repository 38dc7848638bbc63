// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/cluster_keys.h"
#include "membership/member_view.h"
#include "network/wireguard_interface.h"

namespace clusterdisc {

/// What WireGuard shall know, from what the agent knows: each member of the node map with its overlay address, on the
/// path in use. `without_common_key`: members that are left out because no key is common (their names, for the log).
std::vector<WireguardPeer> overlay_peers(const ClusterView& view, const KeyRing& keys,
                                         std::vector<std::string>& without_common_key);

/// The cluster interface: keeps WireGuard in step with the members.
class OverlayNetwork {
public:
    /// Throws std::system_error.
    OverlayNetwork(const std::string& interface, const WireguardKeys& keys, std::uint16_t port)
        : interface_(interface, keys.private_key, port) {}

    /// Throws std::system_error; the next call tries again.
    void follow(const ClusterView& view, const KeyRing& keys);

private:
    WireguardInterface interface_;
    std::optional<LinkPrefix> address_;
};

}  // namespace clusterdisc
