// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/hosts.h"

#include <algorithm>
#include <map>
#include <set>

#include "output/node_map.h"

namespace clusterdisc {
namespace {

/// A member chooses its name, and the name service looks here first: without a domain of our own, a member could take
/// the place of any host that others look up (www.example.org, wpad).
constexpr std::string_view domain = ".cluster";

std::string node_name(NodeId id) {
    return "node" + std::to_string(id);
}

/// The name service does not tell capital letters from small ones (RFC 4343).
std::string in_lower_case(std::string name) {
    std::ranges::transform(name, name.begin(), [](char character) {
        return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
    });
    return name;
}

/// True if `name`, in lower case, is one label of a host name (RFC 1123, section 2.1) that does not look like a node's.
bool is_usable_label(const std::string& name) {
    const bool is_label = std::ranges::all_of(name, [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character == '-';
    });
    constexpr std::size_t prefix = 4;
    const bool is_like_ours = name.starts_with("node") && name.size() > prefix &&
                              name.find_first_not_of("0123456789", prefix) == std::string::npos;
    return is_label && !is_like_ours && !name.starts_with('-') && !name.ends_with('-');
}

std::map<NodeId, const MemberView*> members_by_id(const ClusterView& view) {
    std::map<NodeId, const MemberView*> members;
    for (const MemberView& member : view) {
        if (member.in_map && view.front().in_map) {
            members.emplace(member.record->id, &member);
        }
    }
    return members;
}

}  // namespace

std::string to_hosts(std::string_view base, const ClusterView& view, const InterfaceName& interface_name) {
    std::string text(base);
    if (!text.empty() && !text.ends_with('\n')) {
        text += '\n';
    }
    const auto members = members_by_id(view);
    std::multiset<std::string> names;
    for (const auto& [id, member] : members) {
        names.insert(in_lower_case(member->record->name));
    }
    for (const auto& [id, member] : members) {
        const std::string address = member_address(*member, interface_name);
        if (address.empty() || address.find('%') != std::string::npos) {
            continue;
        }
        text += address + '\t' + node_name(id);
        const std::string name = in_lower_case(member->record->name);
        if (names.count(name) == 1 && is_usable_label(name)) {
            text.append(" ").append(name).append(domain);
        }
        text += '\n';
    }
    return text;
}

std::string to_machine_file(const ClusterView& view) {
    std::string text;
    for (const auto& [id, member] : members_by_id(view)) {
        text += node_name(id) + '\n';
    }
    return text;
}

}  // namespace clusterdisc
