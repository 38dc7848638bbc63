// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "control/node_load.h"

namespace openmosix {

/// What openMosix's tools show of a node, in its units.
struct NodeFigures {
    /// 250 is one runnable process for each processor of the standard speed.
    std::uint64_t load = 0;
    /// Of one processor; 10000 is a Pentium III of 1 GHz. 0: not known.
    std::uint64_t speed = 0;
    /// Free memory, in pages of 4096 bytes.
    std::uint64_t free_pages = 0;
};

NodeFigures to_figures(const NodeLoad& load);

}  // namespace openmosix
