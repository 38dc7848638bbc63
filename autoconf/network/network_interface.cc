// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/network_interface.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "network/link_table.h"

namespace clusterdisc {
namespace {

ifinfomsg header_of(std::uint32_t index) {
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(index);
    return header;
}

NetlinkRequest address_request(std::uint16_t type, unsigned flags, std::uint32_t index, const LinkPrefix& prefix) {
    ifaddrmsg header{};
    header.ifa_family = prefix.address.is_ipv6 ? AF_INET6 : AF_INET;
    header.ifa_prefixlen = prefix.length;
    header.ifa_scope = RT_SCOPE_UNIVERSE;
    header.ifa_index = index;
    NetlinkRequest request(type, flags, header);
    const std::size_t size = prefix.address.is_ipv6 ? 16 : 4;
    request.put(IFA_LOCAL, prefix.address.bytes.data(), size);
    request.put(IFA_ADDRESS, prefix.address.bytes.data(), size);
    return request;
}

std::string described(const LinkPrefix& prefix, std::uint32_t index) {
    return "the address " + to_text(prefix.address) + '/' + std::to_string(prefix.length) + " of interface " +
           std::to_string(index);
}

}  // namespace

std::optional<NamedInterface> find_interface(NetlinkSocket& socket, const std::string& name) {
    NetlinkRequest request(RTM_GETLINK, 0, ifinfomsg{});
    request.put_text(IFLA_IFNAME, name);
    LinkTable table;
    try {
        socket.request(request, "cannot look for the interface " + name,
                       [&table](const nlmsghdr& message) { table.apply(message); });
    } catch (const std::system_error& error) {
        if (error.code().value() == ENODEV) {
            return std::nullopt;
        }
        throw;
    }
    for (const auto& [index, interface] : table.interfaces()) {
        if (interface.name == name) {
            return NamedInterface{index, interface.kind};
        }
    }
    return std::nullopt;
}

void create_interface(NetlinkSocket& socket, const std::string& name, const std::string& kind) {
    NetlinkRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
    request.put_text(IFLA_IFNAME, name);
    request.put_nested(IFLA_LINKINFO, [&] { request.put_text(IFLA_INFO_KIND, kind); });
    socket.request(request, "cannot create the " + kind + " interface " + name);
}

void delete_interface(NetlinkSocket& socket, std::uint32_t index) {
    NetlinkRequest request(RTM_DELLINK, 0, header_of(index));
    socket.request(request, "cannot delete the interface " + std::to_string(index));
}

void set_interface_up(NetlinkSocket& socket, std::uint32_t index, bool is_up) {
    ifinfomsg header = header_of(index);
    header.ifi_flags = is_up ? IFF_UP : 0;
    header.ifi_change = IFF_UP;
    NetlinkRequest request(RTM_NEWLINK, 0, header);
    socket.request(request, "cannot set the interface " + std::to_string(index) + (is_up ? " up" : " down"));
}

void add_interface_address(NetlinkSocket& socket, std::uint32_t index, const LinkPrefix& prefix) {
    NetlinkRequest request = address_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, prefix);
    socket.request(request, "cannot add " + described(prefix, index));
}

void remove_interface_address(NetlinkSocket& socket, std::uint32_t index, const LinkPrefix& prefix) {
    NetlinkRequest request = address_request(RTM_DELADDR, 0, index, prefix);
    socket.request(request, "cannot remove " + described(prefix, index));
}

}  // namespace clusterdisc
