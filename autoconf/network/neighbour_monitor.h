// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <systemd/sd-event.h>

#include "common/event_loop.h"
#include "network/neighbour_tables.h"

namespace clusterdisc {

/// Warns when the kernel has no room for more neighbours.
class NeighbourMonitor {
public:
    explicit NeighbourMonitor(sd_event* event);

private:
    void look();

    NeighbourTables tables_;
    NetlinkSocket requests_;
    Timer timer_;
};

}  // namespace clusterdisc
