// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/link_table.h"

#include <fnmatch.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sodium.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <tuple>

#include "network/netlink.h"

namespace clusterdisc {
namespace {

std::optional<HardwareAddress> hardware_address(const nlattr& attribute) {
    const auto address = attribute_value<HardwareAddress>(attribute);
    if (!address || mnl_attr_get_payload_len(&attribute) != address->size() || *address == HardwareAddress{}) {
        return std::nullopt;
    }
    return address;
}

/// Bit 1 of the first byte: given by software, not by the maker (IEEE 802, section 8.2).
bool is_locally_administered(const HardwareAddress& address) {
    return (address.front() & 2U) != 0;
}

bool is_named(const Interface& interface, const LinkSelection& selection) {
    return std::ranges::any_of(selection.patterns, [&](const std::string& pattern) {
        return ::fnmatch(pattern.c_str(), interface.name.c_str(), 0) == 0;
    });
}

bool is_admitted(const Interface& interface, const LinkSelection& selection, const IsWireless& is_wireless) {
    if ((interface.flags & IFF_LOOPBACK) != 0 || interface.name == selection.overlay) {
        return false;
    }
    if (!selection.patterns.empty()) {
        return is_named(interface, selection);
    }
    return interface.hardware_type == ARPHRD_ETHER && interface.kind.empty() && !is_wireless(interface.name);
}

/// Whether another machine can reach the address: duplicate address detection (RFC 4862, section 5.4) has not failed
/// and is over, or need not be waited for (RFC 4429).
bool is_usable(std::uint32_t flags) {
    const bool is_tentative = (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;
    return !is_tentative && (flags & IFA_F_DADFAILED) == 0;
}

std::optional<IpAddress> ip_address(const nlattr& attribute, bool is_ipv6) {
    const std::size_t size = is_ipv6 ? 16 : 4;
    if (mnl_attr_get_payload_len(&attribute) != size) {
        return std::nullopt;
    }
    IpAddress address;
    address.is_ipv6 = is_ipv6;
    std::memcpy(address.bytes.data(), mnl_attr_get_payload(&attribute), size);
    return address;
}

}  // namespace

void LinkTable::apply(const nlmsghdr& message) {
    if (message.nlmsg_type == RTM_NEWLINK) {
        apply_link(message);
    } else if (message.nlmsg_type == RTM_NEWADDR) {
        apply_address(message);
    }
}

void LinkTable::apply_link(const nlmsghdr& message) {
    const auto header = family_header<ifinfomsg>(message);
    // Bridges send messages of their own family about their ports.
    if (!header || header->ifi_index <= 0 || header->ifi_family != AF_UNSPEC) {
        return;
    }
    Interface interface;
    interface.index = static_cast<std::uint32_t>(header->ifi_index);
    interface.flags = header->ifi_flags;
    interface.hardware_type = header->ifi_type;
    for_each_attribute(message, sizeof *header, [&](const nlattr& attribute) {
        switch (mnl_attr_get_type(&attribute)) {
            case IFLA_IFNAME:
                interface.name = attribute_text(attribute);
                break;
            case IFLA_MASTER:
                interface.master = attribute_value<std::uint32_t>(attribute).value_or(0);
                break;
            case IFLA_ADDRESS:
                interface.address = hardware_address(attribute);
                break;
            case IFLA_PERM_ADDRESS:
                interface.permanent_address = hardware_address(attribute);
                break;
            case IFLA_LINKINFO:
                for_each_nested(attribute, [&](const nlattr& nested) {
                    if (mnl_attr_get_type(&nested) == IFLA_INFO_KIND) {
                        interface.kind = attribute_text(nested);
                    }
                });
                break;
            default:
                break;
        }
    });
    interfaces_[interface.index] = interface;
}

void LinkTable::apply_address(const nlmsghdr& message) {
    const auto header = family_header<ifaddrmsg>(message);
    if (!header || (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)) {
        return;
    }
    const bool is_ipv6 = header->ifa_family == AF_INET6;
    std::optional<IpAddress> address;
    std::optional<IpAddress> local;
    std::uint32_t flags = header->ifa_flags;
    for_each_attribute(message, sizeof *header, [&](const nlattr& attribute) {
        switch (mnl_attr_get_type(&attribute)) {
            case IFA_ADDRESS:
                address = ip_address(attribute, is_ipv6);
                break;
            // Ours on a point-to-point link, where IFA_ADDRESS is the other end (linux/if_addr.h).
            case IFA_LOCAL:
                local = ip_address(attribute, is_ipv6);
                break;
            // All 32 bits, of which the header has room for 8.
            case IFA_FLAGS:
                flags = attribute_value<std::uint32_t>(attribute).value_or(flags);
                break;
            default:
                break;
        }
    });
    const auto& ours = local ? local : address;
    if (ours && is_usable(flags)) {
        addresses_[header->ifa_index].push_back({*ours, header->ifa_prefixlen});
    }
}

std::vector<LinkPrefix> LinkTable::addresses(std::uint32_t index) const {
    const auto found = addresses_.find(index);
    return found == addresses_.end() ? std::vector<LinkPrefix>{} : found->second;
}

std::vector<Link> select_links(const LinkTable& table, const LinkSelection& selection, const IsWireless& is_wireless) {
    constexpr unsigned working = IFF_UP | IFF_RUNNING;
    std::vector<Link> links;
    for (const auto& [index, interface] : table.interfaces()) {
        const bool is_part = interface.master != 0 && selection.patterns.empty();
        if ((interface.flags & working) == working && !is_part && is_admitted(interface, selection, is_wireless)) {
            links.push_back({interface.index, interface.name, table.addresses(interface.index)});
        }
    }
    return links;
}

std::optional<HardwareAddress> lowest_hardware_address(const LinkTable& table, const LinkSelection& selection,
                                                       const IsWireless& is_wireless) {
    // The first word of the pair is how much the address says about the hardware: less is better.
    std::optional<std::pair<int, HardwareAddress>> best;
    for (const auto& [index, interface] : table.interfaces()) {
        if (!is_admitted(interface, selection, is_wireless)) {
            continue;
        }
        std::optional<std::pair<int, HardwareAddress>> candidate;
        if (interface.permanent_address) {
            candidate = {0, *interface.permanent_address};
        } else if (interface.address) {
            candidate = {is_locally_administered(*interface.address) ? 2 : 1, *interface.address};
        }
        if (candidate && (!best || *candidate < *best)) {
            best = candidate;
        }
    }
    return best ? std::optional(best->second) : std::nullopt;
}

std::optional<std::string> sane_product_uuid(std::string_view text) {
    // What AMI's firmware says when the maker of the mainboard has not filled it in.
    constexpr std::string_view never_filled_in = "03000200-0400-0500-0006-000700080009";
    constexpr std::size_t length = 36;
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    if (text.size() != length) {
        return std::nullopt;
    }
    std::string uuid;
    std::string digits;
    for (const char character : text) {
        const bool dash_is_due = uuid.size() == 8 || uuid.size() == 13 || uuid.size() == 18 || uuid.size() == 23;
        const auto code = static_cast<unsigned char>(character);
        if (dash_is_due ? character != '-' : std::isxdigit(code) == 0) {
            return std::nullopt;
        }
        uuid += static_cast<char>(std::toupper(code));
        if (!dash_is_due) {
            digits += uuid.back();
        }
    }
    const bool is_blank =
        digits.find_first_not_of('0') == std::string::npos || digits.find_first_not_of('F') == std::string::npos;
    return is_blank || uuid == never_filled_in ? std::nullopt : std::optional(uuid);
}

std::uint64_t hash_hardware(const std::optional<HardwareAddress>& address, const std::optional<std::string>& uuid) {
    if (!address && !uuid) {
        return 0;
    }
    std::vector<std::uint8_t> known;
    // A length before each part, so that no two pairs of parts look the same.
    known.push_back(address ? 6 : 0);
    if (address) {
        known.insert(known.end(), address->begin(), address->end());
    }
    if (uuid) {
        known.insert(known.end(), uuid->begin(), uuid->end());
    }
    // libsodium makes no shorter ones than 16 bytes.
    std::array<std::uint8_t, crypto_generichash_BYTES_MIN> hash{};
    if (::crypto_generichash(hash.data(), hash.size(), known.data(), known.size(), nullptr, 0) != 0) {
        throw std::runtime_error("libsodium cannot compute a hash");
    }
    std::uint64_t result = 0;
    for (const std::uint8_t byte : std::span(hash).first<8>()) {
        result = result << 8U | byte;
    }
    return std::max<std::uint64_t>(result, 1);
}

}  // namespace clusterdisc
