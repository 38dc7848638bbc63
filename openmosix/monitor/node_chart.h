// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "monitor/canvas.h"
#include "monitor/cluster_model.h"

namespace openmosix::monitor {

/// What mosmon shows of the nodes, and how: a bar for each, upwards, with its number below.
struct ChartSettings {
    enum class Figure : std::uint8_t { load, log_load, speed, memory, raw_memory, utilizability };
    /// How near the bars are. Where all nodes have room in one of them, `automatic` is the widest such one.
    enum class Spacing : std::uint8_t {
        automatic,
        /// Numbers are written across.
        wide,
        /// Numbers are written downwards.
        vertical,
        /// The same without a gap.
        tight,
    };
    Figure figure = Figure::load;
    Spacing spacing = Spacing::automatic;
    bool shows_dead = false;
    bool shows_totals = false;
    /// Nodes with lower numbers are left out.
    clusterdisc::NodeId first = 0;

    bool operator==(const ChartSettings&) const = default;
};

/// For a heading: `load`, `memory`, ...
const char* name_of(ChartSettings::Figure figure);

/// The nodes that there would be bars for, if there were room for all.
std::vector<clusterdisc::NodeId> charted_nodes(const ClusterModel& cluster, const ChartSettings& settings);
/// How many bars have room in so many columns.
std::size_t bars_that_fit(const ClusterModel& cluster, const ChartSettings& settings, std::size_t columns);

/// Fills rows `top` to below `end` with the chart.
void draw_chart(const ClusterModel& cluster, const ChartSettings& settings, std::size_t top, std::size_t end,
                Canvas& canvas);

/// A line with the sums over all nodes.
std::string totals_text(const ClusterTotals& totals);
/// A line with what stands against moves from or to which node; empty when nothing does.
std::string remarks_text(const ClusterModel& cluster);

}  // namespace openmosix::monitor
