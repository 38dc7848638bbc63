// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace openmosix {

/// What root sets for a whole node (mosctl(1)); all are off at first. None of them keeps anybody from moving a process
/// by hand.
enum class NodeSwitch : std::uint8_t {
    /// Nothing leaves this node by itself: neither its own processes nor guests.
    stay,
    /// Its own processes do not leave by themselves; guests may move on.
    lstay,
    /// It takes no guests. Those that are here stay.
    block,
    /// It neither asks other nodes how busy they are nor tells them.
    quiet,
};

/// Those that are on.
using NodeSwitches = std::set<NodeSwitch>;

/// `stay`, `lstay`, `block` or `quiet`.
std::string name_of(NodeSwitch which);
/// The inverse; none for any other text.
std::optional<NodeSwitch> find_node_switch(std::string_view name);

/// The names in order, each with a space before the next one; empty: none.
std::string to_text(const NodeSwitches& switches);
/// The inverse, from any bytes: whatever else is in there is skipped.
NodeSwitches parse_node_switches(std::string_view text);

}  // namespace openmosix
