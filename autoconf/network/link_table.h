// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <linux/netlink.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "membership/link.h"

namespace clusterdisc {

using HardwareAddress = std::array<std::uint8_t, 6>;

/// What rtnetlink(7) tells of one interface.
struct Interface {
    std::uint32_t index = 0;
    std::string name;
    /// IFF_UP, IFF_RUNNING, ... (netdevice(7)).
    unsigned flags = 0;
    /// ARPHRD_ETHER, ...
    unsigned hardware_type = 0;
    /// `bridge`, `veth`, `wireguard`, ...; empty for hardware.
    std::string kind;
    /// The index of the bridge or bond that it is a part of; 0 when none.
    std::uint32_t master = 0;
    std::optional<HardwareAddress> address;
    /// The one that the card was made with.
    std::optional<HardwareAddress> permanent_address;
};

/// The interfaces and their usable addresses, from the answers to RTM_GETLINK and RTM_GETADDR. Pure.
class LinkTable {
public:
    /// RTM_NEWLINK and RTM_NEWADDR are entered, everything else is not of interest.
    void apply(const nlmsghdr& message);

    [[nodiscard]] const std::map<std::uint32_t, Interface>& interfaces() const { return interfaces_; }
    [[nodiscard]] std::vector<LinkPrefix> addresses(std::uint32_t index) const;

private:
    void apply_link(const nlmsghdr& message);
    void apply_address(const nlmsghdr& message);

    std::map<std::uint32_t, Interface> interfaces_;
    std::map<std::uint32_t, std::vector<LinkPrefix>> addresses_;
};

/// Which interfaces may carry the cluster.
struct LinkSelection {
    /// fnmatch(3) patterns of names. When there are any, exactly the matching ones are used, virtual or not; when
    /// there is none, all wired Ethernet cards that are not part of a bridge or bond.
    std::vector<std::string> patterns;
    /// Our own WireGuard interface, never used.
    std::string overlay;
};

using IsWireless = std::function<bool(const std::string& name)>;

/// The links that carry the cluster now (up, with a carrier), by index.
std::vector<Link> select_links(const LinkTable& table, const LinkSelection& selection, const IsWireless& is_wireless);

/// Of the cards that the selection admits, up or not, part of a bridge or not: the lowest permanent address; when no
/// card tells one, the lowest address that its maker gave; else the lowest of all. None when there is no card.
std::optional<HardwareAddress> lowest_hardware_address(const LinkTable& table, const LinkSelection& selection,
                                                       const IsWireless& is_wireless);

/// A SMBIOS UUID in upper case, from what /sys/class/dmi/id/product_uuid holds. None when it is no UUID, or one that
/// makers leave in many PCs.
std::optional<std::string> sane_product_uuid(std::string_view text);

/// BLAKE2b over what is known, shortened to 8 bytes; 0 when nothing is.
std::uint64_t hash_hardware(const std::optional<HardwareAddress>& address, const std::optional<std::string>& uuid);

}  // namespace clusterdisc
