// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/wireguard_peers.h"

#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "network/packet.h"

namespace clusterdisc {
namespace {

constexpr std::uint8_t whole_address = 32;
/// More than one peer takes: two keys, flags, a sockaddr_in6, one address, and the headers of all of them.
constexpr std::size_t room_for_a_peer = 256;

NetlinkRequest device_request(std::uint16_t family, std::uint32_t interface) {
    genlmsghdr header{};
    header.cmd = WG_CMD_SET_DEVICE;
    header.version = WG_GENL_VERSION;
    NetlinkRequest request(family, 0, header);
    request.put_u32(WGDEVICE_A_IFINDEX, interface);
    return request;
}

std::uint32_t flags_of(const WireguardChange& change) {
    if (change.kind == WireguardChange::Kind::remove) {
        return WGPEER_F_REMOVE_ME;
    }
    std::uint32_t flags = change.kind == WireguardChange::Kind::update ? WGPEER_F_UPDATE_ONLY : 0;
    if (change.address) {
        flags |= WGPEER_F_REPLACE_ALLOWEDIPS;
    }
    return flags;
}

void put_peer(NetlinkRequest& request, const WireguardChange& change) {
    request.put(WGPEER_A_PUBLIC_KEY, change.public_key.data(), change.public_key.size());
    request.put_u32(WGPEER_A_FLAGS, flags_of(change));
    if (change.kind == WireguardChange::Kind::remove) {
        return;
    }
    if (change.preshared_key) {
        request.put(WGPEER_A_PRESHARED_KEY, change.preshared_key->data(), change.preshared_key->size());
    }
    if (change.endpoint) {
        const SocketAddress endpoint = to_socket_address(*change.endpoint);
        request.put(WGPEER_A_ENDPOINT, &endpoint.storage, endpoint.size);
    }
    if (change.address) {
        request.put_nested(WGPEER_A_ALLOWEDIPS, [&] {
            request.put_nested(0, [&] {
                request.put_u16(WGALLOWEDIP_A_FAMILY, AF_INET);
                request.put(WGALLOWEDIP_A_IPADDR, change.address->bytes.data(), 4);
                request.put_u8(WGALLOWEDIP_A_CIDR_MASK, whole_address);
            });
        });
    }
}

std::optional<IpAddress> decode_allowed_address(const nlattr& list) {
    std::optional<IpAddress> address;
    for_each_nested(list, [&](const nlattr& entry) {
        for_each_nested(entry, [&](const nlattr& attribute) {
            const auto bytes = attribute_value<std::array<std::uint8_t, 4>>(attribute);
            if (mnl_attr_get_type(&attribute) == WGALLOWEDIP_A_IPADDR && bytes) {
                address.emplace();
                std::ranges::copy(*bytes, address->bytes.begin());
            }
        });
    });
    return address;
}

std::optional<Path> decode_endpoint(const nlattr& attribute) {
    sockaddr_storage address{};
    const std::size_t size = std::min<std::size_t>(mnl_attr_get_payload_len(&attribute), sizeof address);
    std::memcpy(&address, mnl_attr_get_payload(&attribute), size);
    return to_path(address);
}

WireguardChange decode_peer(const nlattr& peer) {
    WireguardChange change;
    for_each_nested(peer, [&](const nlattr& attribute) {
        switch (mnl_attr_get_type(&attribute)) {
            case WGPEER_A_PUBLIC_KEY:
                change.public_key = attribute_value<PublicKey>(attribute).value_or(PublicKey{});
                break;
            case WGPEER_A_FLAGS: {
                const std::uint32_t flags = attribute_value<std::uint32_t>(attribute).value_or(0);
                if ((flags & WGPEER_F_REMOVE_ME) != 0) {
                    change.kind = WireguardChange::Kind::remove;
                } else if ((flags & WGPEER_F_UPDATE_ONLY) != 0) {
                    change.kind = WireguardChange::Kind::update;
                }
                break;
            }
            case WGPEER_A_PRESHARED_KEY:
                change.preshared_key = attribute_value<WireguardKey>(attribute);
                break;
            case WGPEER_A_ENDPOINT:
                change.endpoint = decode_endpoint(attribute);
                break;
            case WGPEER_A_ALLOWEDIPS:
                change.address = decode_allowed_address(attribute);
                break;
            default:
                break;
        }
    });
    return change;
}

}  // namespace

WireguardPeers index_peers(std::span<const WireguardPeer> peers) {
    WireguardPeers last_of_key;
    for (const WireguardPeer& peer : peers) {
        last_of_key[peer.public_key] = peer;
    }
    WireguardPeers result;
    std::set<IpAddress> addresses;
    for (const WireguardPeer& named : peers) {
        const WireguardPeer& peer = last_of_key.at(named.public_key);
        if (!result.contains(peer.public_key) && addresses.insert(peer.address).second) {
            result.emplace(peer.public_key, peer);
        }
    }
    return result;
}

std::vector<WireguardChange> difference(const WireguardPeers& before, const WireguardPeers& after) {
    using Kind = WireguardChange::Kind;
    std::vector<WireguardChange> changes;
    for (const auto& [key, peer] : before) {
        if (!after.contains(key)) {
            changes.push_back({Kind::remove, key, {}, {}, {}});
        }
    }
    for (const auto& [key, peer] : after) {
        const auto found = before.find(key);
        if (found == before.end()) {
            changes.push_back({Kind::add, key, peer.preshared_key, peer.endpoint, peer.address});
            continue;
        }
        const WireguardPeer& old = found->second;
        WireguardChange change{Kind::update, key, {}, {}, {}};
        if (peer.preshared_key != old.preshared_key) {
            change.preshared_key = peer.preshared_key;
        }
        if (peer.endpoint != old.endpoint) {
            change.endpoint = peer.endpoint;
        }
        if (peer.address != old.address) {
            change.address = peer.address;
        }
        if (change.preshared_key || change.endpoint || change.address) {
            changes.push_back(change);
        }
    }
    return changes;
}

NetlinkRequest encode_wireguard_device(std::uint16_t family, std::uint32_t interface, const WireguardKey& private_key,
                                       std::uint16_t listen_port) {
    NetlinkRequest request = device_request(family, interface);
    request.put_u32(WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS);
    request.put(WGDEVICE_A_PRIVATE_KEY, private_key.data(), private_key.size());
    request.put_u16(WGDEVICE_A_LISTEN_PORT, listen_port);
    return request;
}

std::vector<NetlinkRequest> encode_wireguard_changes(std::uint16_t family, std::uint32_t interface,
                                                     std::span<const WireguardChange> changes) {
    std::vector<NetlinkRequest> requests;
    std::size_t next = 0;
    while (next < changes.size()) {
        NetlinkRequest& request = requests.emplace_back(device_request(family, interface));
        request.put_nested(WGDEVICE_A_PEERS, [&] {
            for (; next < changes.size() && request.room() >= room_for_a_peer; ++next) {
                request.put_nested(0, [&] { put_peer(request, changes[next]); });
            }
        });
    }
    return requests;
}

std::vector<WireguardChange> decode_wireguard_changes(const nlmsghdr& message) {
    std::vector<WireguardChange> changes;
    for_each_attribute(message, sizeof(genlmsghdr), [&](const nlattr& attribute) {
        if (mnl_attr_get_type(&attribute) == WGDEVICE_A_PEERS) {
            for_each_nested(attribute, [&](const nlattr& peer) { changes.push_back(decode_peer(peer)); });
        }
    });
    return changes;
}

}  // namespace clusterdisc
