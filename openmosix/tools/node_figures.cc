// SPDX-License-Identifier: GPL-2.0-or-later
#include "tools/node_figures.h"

#include <algorithm>
#include <cmath>

namespace openmosix {

namespace {

constexpr double standard_speed = 10'000;
constexpr double load_of_standard_processor = 250;
constexpr std::uint64_t kilobytes_per_page = 4;

}  // namespace

NodeFigures to_figures(const NodeLoad& load) {
    NodeFigures figures;
    figures.speed = load.speed;
    // Where the speed is not known it counts as the standard one.
    const double relative_speed = figures.speed == 0 ? 1 : static_cast<double>(figures.speed) / standard_speed;
    const double per_processor = load.load / std::max(load.cpus, 1U);
    figures.load =
        static_cast<std::uint64_t>(std::llround(per_processor / relative_speed * load_of_standard_processor));
    figures.free_pages = load.free_memory_kb / kilobytes_per_page;
    return figures;
}

}  // namespace openmosix
