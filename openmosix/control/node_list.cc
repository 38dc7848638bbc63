// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/node_list.h"

#include <algorithm>

#include "common/node_settings.h"

namespace openmosix {

std::optional<std::vector<NodeRange>> parse_node_list(std::string_view text) {
    std::vector<NodeRange> ranges;
    for (;;) {
        const std::size_t comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        const std::size_t dash = part.find('-');
        const auto first = clusterdisc::parse_node_id(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : clusterdisc::parse_node_id(part.substr(dash + 1));
        if (!first || !last || *first > *last) {
            return std::nullopt;
        }
        ranges.push_back({*first, *last});
        if (comma == std::string_view::npos) {
            return ranges;
        }
        text.remove_prefix(comma + 1);
    }
}

std::vector<NodeRange> nodes_of(std::span<const clusterdisc::NodeMapEntry> entries) {
    std::vector<NodeRange> ranges;
    for (const clusterdisc::NodeMapEntry& entry : entries) {
        if (entry.count > 0) {
            ranges.push_back({entry.first, static_cast<clusterdisc::NodeId>(entry.first + entry.count - 1)});
        }
    }
    std::ranges::sort(ranges, {}, &NodeRange::first);
    std::vector<NodeRange> merged;
    for (const NodeRange& range : ranges) {
        if (!merged.empty() && range.first <= merged.back().last + 1) {
            merged.back().last = std::max(merged.back().last, range.last);
        } else {
            merged.push_back(range);
        }
    }
    return merged;
}

bool contains(std::span<const NodeRange> ranges, clusterdisc::NodeId node) {
    return std::ranges::any_of(ranges,
                               [node](const NodeRange& range) { return node >= range.first && node <= range.last; });
}

std::vector<clusterdisc::NodeId> common_nodes(std::span<const NodeRange> ranges, std::span<const NodeRange> others,
                                              std::size_t most) {
    std::vector<clusterdisc::NodeId> nodes;
    for (const NodeRange& range : ranges) {
        for (unsigned node = range.first; node <= range.last && nodes.size() < most; ++node) {
            if (contains(others, static_cast<clusterdisc::NodeId>(node))) {
                nodes.push_back(static_cast<clusterdisc::NodeId>(node));
            }
        }
    }
    return nodes;
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
