// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "balance/move.h"
#include "balance/simulator/virtual_node.h"
#include "common/random.h"

namespace openmosix::balance::simulator {

/// One round of Policy::threshold on a node.
std::optional<Move> move_by_threshold(const VirtualNode& node, Instant now, clusterdisc::Random& random);

}  // namespace openmosix::balance::simulator
