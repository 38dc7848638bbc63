// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/address.h"
#include "common/key_id.h"
#include "common/node_id.h"

namespace clusterdisc {

/// What a run of the agent is known by: the first 16 bytes of the BLAKE2b hash (RFC 7693, 64 bytes, as b2sum(1) prints
/// it) of its public key. Each start of the agent makes a new one, so two nodes never share it, whatever their hardware
/// says. All zeros stand for nobody.
using Identity = std::array<std::uint8_t, 16>;

/// The first eight hexadecimal digits, for people.
std::string short_text(const Identity& identity);
/// All 32 hexadecimal digits.
std::string to_text(const Identity& identity);

/// A Curve25519 public key as WireGuard has it.
using PublicKey = std::array<std::uint8_t, 32>;

/// Who has this key. Safe in any thread, and before sodium_init().
Identity identity_of(const PublicKey& key);

/// How far a node has come with its node id.
enum class Stage : std::uint8_t {
    /// Has none yet.
    joining = 0,
    /// Asks for `id` and listens for objections; in nobody's map.
    claiming = 1,
    /// Owns `id`.
    member = 2,
};

inline constexpr std::size_t max_node_name = 63;
inline constexpr std::size_t max_endpoints = 8;

/// What a node says about itself. Only the node itself makes a new version, with a higher incarnation.
struct NodeRecord {
    Identity identity{};
    std::uint32_t incarnation = 0;
    Stage stage = Stage::joining;
    NodeId id = 0;
    /// Has processes away from home, or guests: renumbering would harm them.
    bool busy = false;
    /// Has been a member together with others for a while: newcomers give way.
    bool settled = false;
    /// Has no WireGuard: its link addresses stand in node maps.
    bool plain = false;
    /// Hash of what identifies the hardware; equal for a node before and after its reboot (and for hardware whose
    /// makers gave two PCs one address). 0 when unknown.
    std::uint64_t hardware = 0;
    PublicKey public_key{};
    std::uint16_t wireguard_port = 0;
    /// The cluster keys that the node accepts now.
    std::vector<KeyId> keys;
    /// Where the agent listens. Link-local ones mean something only to nodes on the same link.
    std::vector<Endpoint> endpoints;
    /// The host name; printable ASCII without blanks.
    std::string name;

    bool operator==(const NodeRecord&) const = default;
};

/// Of two nodes that have or want the same node id: whether the first keeps it. The same answer everywhere, as it
/// follows from the records alone: busy nodes before others, members before claimants, settled ones before
/// newcomers, then the smaller identity.
bool outranks(const NodeRecord& first, const NodeRecord& second);

/// The overlay address of a node: 10.77.(N div 256).(N mod 256).
IpAddress overlay_address(NodeId id);

}  // namespace clusterdisc
