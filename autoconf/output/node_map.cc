// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/node_map.h"

#include <algorithm>
#include <map>

namespace clusterdisc {
std::string member_address(const MemberView& member, const InterfaceName& interface_name) {
    if (!member.record->plain) {
        return member.record->id == 0 ? "" : to_text(overlay_address(member.record->id));
    }
    // One that means the same to everybody, if it has any.
    const auto& endpoints = member.record->endpoints;
    const auto global =
        std::ranges::find_if(endpoints, [](const Endpoint& endpoint) { return !endpoint.address.is_link_local(); });
    if (global != endpoints.end()) {
        return to_text(global->address);
    }
    if (member.path) {
        const IpAddress& address = member.path->endpoint.address;
        const bool needs_zone = address.is_ipv6 && address.is_link_local();
        return to_text(address) + (needs_zone ? '%' + interface_name(member.path->link) : "");
    }
    return "";
}

std::string to_node_map(const ClusterView& view, const InterfaceName& interface_name) {
    std::string text = "# The members of the cluster, by omdiscd; changes are lost. omnodes(1) tells more.\n";
    std::map<NodeId, std::string> lines;
    for (const MemberView& member : view) {
        const std::string address = member.in_map ? member_address(member, interface_name) : "";
        if (!address.empty()) {
            lines.emplace(member.record->id, address);
        }
    }
    if (!view.front().in_map) {
        return text;
    }
    for (const auto& [id, address] : lines) {
        text += std::to_string(id) + ' ' + address + " 1\n";
    }
    return text;
}

}  // namespace clusterdisc
