// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

#include "monitor/canvas.h"
#include "monitor/cluster_model.h"
#include "monitor/key.h"
#include "monitor/node_chart.h"

namespace openmosix::monitor {

/// The page with a bar for each node.
class NodesPage {
public:
    explicit NodesPage(const ChartSettings& settings) : settings_(settings) {}

    /// False when the key means nothing here. `columns`: of the screen.
    bool press(Key key, const ClusterModel& cluster, std::size_t columns);
    /// Shows this node first.
    void start_at(clusterdisc::NodeId node) { settings_.first = node; }

    [[nodiscard]] const ChartSettings& settings() const { return settings_; }

    /// Fills all rows but the last one.
    void draw(const ClusterModel& cluster, Canvas& canvas) const;

private:
    void scroll_right(const ClusterModel& cluster, std::size_t columns);
    void scroll_left(const ClusterModel& cluster);

    ChartSettings settings_;
};

}  // namespace openmosix::monitor
