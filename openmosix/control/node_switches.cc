// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/node_switches.h"

#include <algorithm>
#include <array>
#include <utility>

namespace openmosix {

namespace {

constexpr std::array<std::pair<NodeSwitch, std::string_view>, 4> names = {{{NodeSwitch::stay, "stay"},
                                                                           {NodeSwitch::lstay, "lstay"},
                                                                           {NodeSwitch::block, "block"},
                                                                           {NodeSwitch::quiet, "quiet"}}};

}  // namespace

std::string name_of(NodeSwitch which) {
    const auto* const found = std::ranges::find(names, which, &std::pair<NodeSwitch, std::string_view>::first);
    return std::string(found->second);
}

std::optional<NodeSwitch> find_node_switch(std::string_view name) {
    const auto* const found = std::ranges::find(names, name, &std::pair<NodeSwitch, std::string_view>::second);
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

std::string to_text(const NodeSwitches& switches) {
    std::string text;
    for (const NodeSwitch each : switches) {
        text += (text.empty() ? "" : " ") + name_of(each);
    }
    return text;
}

NodeSwitches parse_node_switches(std::string_view text) {
    constexpr std::string_view spaces = " \n";
    NodeSwitches switches;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(spaces), text.size());
        if (const auto found = find_node_switch(text.substr(0, end))) {
            switches.insert(*found);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return switches;
}

}  // namespace openmosix
