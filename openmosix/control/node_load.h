// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/node_id.h"

namespace openmosix {

/// How busy a node is. Another omd says it as one JSON object in a line, with these names.
struct NodeLoad {
    clusterdisc::NodeId node = 0;
    /// Threads that run or could run now, as a mean over a moment.
    double load = 0;
    std::uint32_t cpus = 1;
    std::uint64_t free_memory_kb = 0;
    /// Of one processor; that of the yardstick (balance/yardstick.h) has 10000. 0: not known.
    std::uint32_t speed = 0;
    /// Whether it takes guests.
    bool accepts = true;

    bool operator==(const NodeLoad&) const = default;
};

std::string to_line(const NodeLoad& load);
/// Takes any bytes; none when it is no such line.
std::optional<NodeLoad> parse_node_load(std::string_view line);

/// Of this node, whose processors have this speed. Takes about 40 ms. Throws std::runtime_error when /proc is not
/// there.
NodeLoad measure_load(clusterdisc::NodeId node, std::uint32_t speed);

/// Where a process gets most of a processor when all that is there is shared fairly: a node with the fewest runnable
/// threads per processor, the process itself included, divided by the processor's speed when that of all is known.
/// `place` is where it is now, and stays the choice when no other is better; it counts itself there. Nodes that take no
/// guests or have less free memory than `needed_kb` are no choice. None when there is none at all.
std::optional<clusterdisc::NodeId> choose_node(std::span<const NodeLoad> loads, clusterdisc::NodeId place,
                                               std::uint64_t needed_kb);

}  // namespace openmosix
