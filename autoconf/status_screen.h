// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "boot_settings.h"
#include "network_links.h"
#include "output/nodes_json.h"
#include "release.h"

namespace clusterdisc {

/// What a person who sits down at a node wants to know first.
struct NodeStatus {
    Release release;
    std::string host_name;
    std::string kernel_release;
    std::string user_name;
    std::vector<NetworkLink> links;
    BootSettings boot;
    /// What omdiscd says of the cluster; none while it does not run.
    std::optional<ListedCluster> cluster;
};

/// The first screen has at most this many lines of at most this many columns, so that it and a prompt fit on
/// a terminal of 80 columns and 24 lines.
inline constexpr std::size_t screen_lines = 23;
inline constexpr std::size_t screen_columns = 79;

/// On the live screen it starts mosmon.
inline constexpr char monitor_key = 'm';

struct ScreenStyle {
    /// Adds ECMA-48 sequences for headings and problems.
    bool with_colour = false;
    /// A last line says that a key ends it.
    bool is_live = false;
    /// It also says which key shows the nodes (monitor_key).
    bool has_monitor = false;
};

/// The first screen in plain ASCII.
std::string to_screen(const NodeStatus& status, ScreenStyle style);

/// The same as one JSON object (RFC 8259) and a line end.
std::string to_json(const NodeStatus& status);

}  // namespace clusterdisc
