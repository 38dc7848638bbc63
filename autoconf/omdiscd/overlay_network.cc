// SPDX-License-Identifier: GPL-2.0-or-later
#include "omdiscd/overlay_network.h"

#include "common/warning.h"

namespace clusterdisc {

std::vector<WireguardPeer> overlay_peers(const ClusterView& view, const KeyRing& keys,
                                         std::vector<std::string>& without_common_key) {
    std::vector<WireguardPeer> peers;
    for (const MemberView& member : view) {
        if (member.is_self || !member.in_map || member.record->plain) {
            continue;
        }
        const DerivedKeys* const common = keys.common(member.record->keys);
        if (common == nullptr) {
            without_common_key.push_back(member.record->name);
            continue;
        }
        WireguardPeer peer{.public_key = member.record->public_key,
                           .preshared_key = common->wireguard_preshared,
                           .endpoint = member.path,
                           .address = overlay_address(member.record->id)};
        if (peer.endpoint) {
            peer.endpoint->endpoint.port = member.record->wireguard_port;
        }
        peers.push_back(peer);
    }
    return peers;
}

void OverlayNetwork::follow(const ClusterView& view, const KeyRing& keys) {
    const MemberView& self = view.front();
    constexpr std::uint8_t overlay_prefix_length = 16;
    std::optional<LinkPrefix> address;
    if (self.in_map) {
        address = LinkPrefix{.address = overlay_address(self.record->id), .length = overlay_prefix_length};
    }
    if (address != address_) {
        interface_.set_address(address);
        address_ = address;
    }
    std::vector<std::string> without_common_key;
    interface_.set_peers(overlay_peers(view, keys, without_common_key));
    for (const std::string& name : without_common_key) {
        warn(name + " accepts none of our keys any more: no connection to it until its keys are rotated, too");
    }
}

}  // namespace clusterdisc
