// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/nodes_page.h"

#include <algorithm>
#include <string>
#include <vector>

namespace openmosix::monitor {

namespace {

using Figure = ChartSettings::Figure;
using Spacing = ChartSettings::Spacing;
using clusterdisc::NodeId;

std::string heading_of(const ClusterModel& cluster, const ChartSettings& settings) {
    const ClusterTotals totals = cluster.totals();
    std::string text = std::string("openMosix ") + name_of(settings.figure);
    if (cluster.own()) {
        text += ", node " + std::to_string(*cluster.own());
    }
    return cluster.is_load_told()
               ? text + ", " + std::to_string(totals.nodes_up) + " of " + std::to_string(totals.nodes) + " up"
               : text + ", load is not told";
}

}  // namespace

bool NodesPage::press(Key key, const ClusterModel& cluster, std::size_t columns) {
    switch (key) {
        case 'w':
            settings_.spacing = Spacing::wide;
            return true;
        case 'v':
            settings_.spacing = Spacing::vertical;
            return true;
        case 'V':
            settings_.spacing = Spacing::tight;
            return true;
        case 'a':
            settings_.spacing = Spacing::automatic;
            return true;
        case 's':
            settings_.figure = Figure::speed;
            return true;
        case 'm':
            settings_.figure = Figure::memory;
            return true;
        case 'r':
            settings_.figure = Figure::raw_memory;
            return true;
        case 'u':
            settings_.figure = Figure::utilizability;
            return true;
        case 'l':
            settings_.figure = Figure::load;
            return true;
        case 'L':
            settings_.figure = Figure::log_load;
            return true;
        case 'd':
            settings_.shows_dead = !settings_.shows_dead;
            return true;
        case 't':
            settings_.shows_totals = !settings_.shows_totals;
            return true;
        case key_right:
            scroll_right(cluster, columns);
            return true;
        case key_left:
            scroll_left(cluster);
            return true;
        case key_home:
            start_at(0);
            return true;
        default:
            return false;
    }
}

void NodesPage::scroll_right(const ClusterModel& cluster, std::size_t columns) {
    const std::vector<NodeId> nodes = charted_nodes(cluster, settings_);
    if (nodes.size() > bars_that_fit(cluster, settings_, columns)) {
        settings_.first = nodes.at(1);
    }
}

void NodesPage::scroll_left(const ClusterModel& cluster) {
    ChartSettings all = settings_;
    all.first = 0;
    const std::vector<NodeId> nodes = charted_nodes(cluster, all);
    const auto first = std::ranges::lower_bound(nodes, settings_.first);
    settings_.first = first == nodes.begin() ? NodeId{0} : *std::prev(first);
}

void NodesPage::draw(const ClusterModel& cluster, Canvas& canvas) const {
    const std::size_t last = canvas.size().rows - 1;
    canvas.put_row(0, heading_of(cluster, settings_), Style::heading);
    const std::string remarks = settings_.shows_totals ? remarks_text(cluster) : std::string();
    const std::size_t end = last - (settings_.shows_totals ? 1 : 0) - (remarks.empty() ? 0 : 1);
    draw_chart(cluster, settings_, 1, end, canvas);
    if (settings_.shows_totals) {
        canvas.put({.row = end, .column = 0}, totals_text(cluster.totals()));
        canvas.put({.row = end + 1, .column = 0}, remarks);
    }
}

}  // namespace openmosix::monitor
