// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/node_list.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/node_settings.h"
#include "common/printable_text.h"

namespace openmosix {

namespace {

/// In order, without gaps between ranges that touch.
std::vector<NodeRange> merged(std::vector<NodeRange> ranges) {
    std::ranges::sort(ranges, {}, &NodeRange::first);
    std::vector<NodeRange> result;
    for (const NodeRange& range : ranges) {
        if (!result.empty() && range.first <= result.back().last + 1) {
            result.back().last = std::max(result.back().last, range.last);
        } else {
            result.push_back(range);
        }
    }
    return result;
}

}  // namespace

std::optional<std::vector<NodeRange>> parse_node_list(std::string_view text) {
    std::vector<NodeRange> ranges;
    for (;;) {
        const std::size_t comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        const std::size_t dash = part.find('-');
        const auto first = clusterdisc::parse_node_id(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : clusterdisc::parse_node_id(part.substr(dash + 1));
        if (!first || !last || *first > *last || ranges.size() == max_node_ranges) {
            return std::nullopt;
        }
        ranges.push_back({*first, *last});
        if (comma == std::string_view::npos) {
            return merged(std::move(ranges));
        }
        text.remove_prefix(comma + 1);
    }
}

std::string node_list_problem(std::string_view text) {
    return clusterdisc::shown(text) + " is no list of at most " + std::to_string(max_node_ranges) +
           " node ids and ranges, like 1-4,7";
}

std::vector<NodeRange> nodes_of(std::span<const clusterdisc::NodeMapEntry> entries) {
    std::vector<NodeRange> ranges;
    for (const clusterdisc::NodeMapEntry& entry : entries) {
        if (entry.count > 0) {
            ranges.push_back({entry.first, static_cast<clusterdisc::NodeId>(entry.first + entry.count - 1)});
        }
    }
    return merged(std::move(ranges));
}

bool contains(std::span<const NodeRange> ranges, clusterdisc::NodeId node) {
    // The first one that does not end before it.
    const auto range = std::ranges::lower_bound(ranges, node, {}, &NodeRange::last);
    return range != ranges.end() && range->first <= node;
}

std::vector<NodeAddress> addresses_among(std::span<const clusterdisc::NodeMapEntry> entries,
                                         std::span<const NodeRange> ranges) {
    std::vector<NodeAddress> found;
    for (const clusterdisc::NodeMapEntry& entry : entries) {
        const auto first = clusterdisc::parse_ip_address(entry.address);
        for (std::uint32_t offset = 0; first && offset < entry.count; ++offset) {
            const auto node = static_cast<clusterdisc::NodeId>(entry.first + offset);
            const auto address = contains(ranges, node) ? clusterdisc::counted_up(*first, offset) : std::nullopt;
            if (address) {
                found.push_back({.node = node, .address = *address});
            }
        }
    }
    return found;
}

std::string to_text(std::span<const NodeRange> ranges) {
    std::string text;
    for (const NodeRange& range : ranges) {
        text += (text.empty() ? "" : ", ") + std::to_string(range.first);
        if (range.last > range.first) {
            // A range of two is no shorter than both.
            text += (range.last == range.first + 1 ? ", " : "-") + std::to_string(range.last);
        }
    }
    return text.empty() ? "none" : text;
}

}  // namespace openmosix
