// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/address.h"

namespace clusterdisc {

/// Where another agent is, as a person writes it.
struct PeerAddress {
    /// What was written, without the port; a host name when `address` is none.
    std::string host;
    std::optional<IpAddress> address;
    /// Of a link-local IPv6 address: our interface towards it.
    std::string interface;
    /// 0: the usual one.
    std::uint16_t port = 0;

    bool operator==(const PeerAddress&) const = default;
};

/// `192.0.2.1`, `192.0.2.1:5428`, `2001:db8::1`, `[2001:db8::1]:5428`, `fe80::1%eth0`, `[fe80::1%eth0]:5428`,
/// `host.name` or `host.name:5428`. None for anything else.
std::optional<PeerAddress> parse_peer_address(std::string_view text);

}  // namespace clusterdisc
