// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/node_map.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "printable_text.h"

namespace clusterdisc {
namespace {

std::string_view next_field(std::string_view& line) {
    constexpr std::string_view blanks = " \t\r";
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const std::string_view field = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(field.size());
    return field;
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
    const char* const end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stopped_at == end;
}

/// Empty when the line is right.
std::string read_entry(std::string_view line, NodeMapEntry& entry) {
    const std::string_view id = next_field(line);
    const std::string_view address = next_field(line);
    const std::string_view count = next_field(line);
    if (count.empty() || !next_field(line).empty()) {
        return "three fields are needed: first node id, address, number of nodes";
    }
    if (!read_number(id, entry.first) || entry.first == 0 || entry.first > last_node_id) {
        return shown(id) + " is not a node id from 1 to " + std::to_string(last_node_id);
    }
    entry.count = 0;
    if (count != "ALIAS" && (!read_number(count, entry.count) || entry.count > last_node_id)) {
        return shown(count) + " is not a number of nodes, nor ALIAS";
    }
    if (entry.count > 0 && entry.first + (entry.count - 1) > last_node_id) {
        return "the range goes beyond node id " + std::to_string(last_node_id);
    }
    constexpr std::size_t longest_address = 255;
    if (address.size() > longest_address || !is_printable_text(address)) {
        return shown(address) + " is not an address";
    }
    if (entry.count > 1 && !parse_ip_address(address)) {
        return "a range needs an IP address, not " + shown(address);
    }
    entry.address = address;
    return "";
}

}  // namespace

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

std::variant<std::vector<NodeMapEntry>, NodeMapError> parse_node_map(std::string_view text) {
    std::vector<NodeMapEntry> entries;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        line = line.substr(0, line.find('#'));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        NodeMapEntry entry;
        std::string problem = read_entry(line, entry);
        if (!problem.empty()) {
            return NodeMapError{.line = number, .text = std::move(problem)};
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace clusterdisc
