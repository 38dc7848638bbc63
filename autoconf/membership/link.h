// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/address.h"

namespace clusterdisc {

struct LinkPrefix {
    IpAddress address;
    std::uint8_t length = 0;

    auto operator<=>(const LinkPrefix&) const = default;
};

/// A network link that carries the cluster: up, with a carrier, with the addresses that can be used now (not those
/// whose uniqueness is still being checked).
struct Link {
    /// The interface index.
    std::uint32_t index = 0;
    std::string name;
    std::vector<LinkPrefix> addresses;

    bool operator==(const Link&) const = default;
};

}  // namespace clusterdisc
