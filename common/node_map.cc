// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/node_map.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "common/printable_text.h"

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
    constexpr std::size_t max_address = 255;
    if (address.size() > max_address || !is_printable_text(address)) {
        return shown(address) + " is not an address";
    }
    if (entry.count > 1) {
        const auto first = parse_ip_address(address);
        if (!first) {
            return "a range needs an IP address, not " + shown(address);
        }
        if (!counted_up(*first, entry.count - 1)) {
            return "the range goes beyond the last IP address: there are no " + std::to_string(entry.count) +
                   " addresses from " + std::string(address) + " on";
        }
    }
    entry.address = address;
    return "";
}

/// Which node ids are taken, and by which line.
class TakenRanges {
public:
    /// Empty when the ids of the entry were free, else what is wrong.
    std::string take(const NodeMapEntry& entry, std::size_t line) {
        if (entry.count == 0) {
            return "";
        }
        const unsigned first = entry.first;
        const unsigned end = first + entry.count;
        // The last range that begins before our end: as the others overlap nothing, none before it reaches further.
        auto nearest = ranges_.lower_bound(end);
        if (nearest != ranges_.begin() && (--nearest)->second.end > first) {
            return "node id " + std::to_string(std::max(first, nearest->first)) + " stands in line " +
                   std::to_string(nearest->second.line) + " already; another address of a node is an ALIAS";
        }
        ranges_.emplace(first, Range{.end = end, .line = line});
        return "";
    }

private:
    struct Range {
        unsigned end = 0;
        std::size_t line = 0;
    };
    std::map<unsigned, Range> ranges_;
};

}  // namespace

std::variant<std::vector<NodeMapEntry>, NodeMapError> parse_node_map(std::string_view text) {
    std::vector<NodeMapEntry> entries;
    TakenRanges taken;
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
        if (problem.empty()) {
            problem = taken.take(entry, number);
        }
        if (!problem.empty()) {
            return NodeMapError{.line = number, .text = std::move(problem)};
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::optional<std::string> address_in_map(std::span<const NodeMapEntry> entries, NodeId node) {
    const auto entry = std::ranges::find_if(entries, [node](const NodeMapEntry& candidate) {
        return node >= candidate.first && node - candidate.first < static_cast<int>(candidate.count);
    });
    if (entry == entries.end()) {
        return std::nullopt;
    }
    const auto first = parse_ip_address(entry->address);
    const auto address = first ? counted_up(*first, static_cast<std::uint32_t>(node - entry->first)) : std::nullopt;
    return address ? to_text(*address) : entry->address;
}

std::optional<NodeId> node_in_map(std::span<const NodeMapEntry> entries, const IpAddress& address) {
    for (const NodeMapEntry& entry : entries) {
        const auto first = parse_ip_address(entry.address);
        if (!first || first->is_ipv6 != address.is_ipv6 || address < *first) {
            continue;
        }
        const auto end = counted_up(*first, std::max(entry.count, 1U));
        if (end && address >= *end) {
            continue;
        }
        for (NodeId offset = 0; offset < std::max(entry.count, 1U); ++offset) {
            if (counted_up(*first, offset) == address) {
                return static_cast<NodeId>(entry.first + offset);
            }
        }
    }
    return std::nullopt;
}

}  // namespace clusterdisc
