// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "output/nodes_json.h"

namespace clusterdisc {

/// The state of a node in one word or two: member, joining, claiming, suspect, dead, left, or "no path" for a member
/// that is alive but not in the node map, because it cannot be reached from here.
std::string state_word(const ListedMember& member);

/// A time span in its largest unit: `45s`, `3m`, `2h`, `9d`.
std::string short_age(std::chrono::seconds age);

struct TableSize {
    /// Columns of the terminal; 0: no limit.
    std::size_t width = 0;
    /// Lines; 0: no limit. When there are more nodes, the last line counts those that are left out.
    std::size_t height = 0;
};

/// The nodes as a table with a heading, in printable ASCII. In a narrow one, names and paths are cut first, then whole
/// columns are left out. `now`: CLOCK_BOOTTIME.
std::string to_node_table(const ListedCluster& cluster, TableSize size, std::chrono::duration<double> now);

}  // namespace clusterdisc
