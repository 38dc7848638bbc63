// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/neighbour_monitor.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <chrono>
#include <system_error>

#include "common/warning.h"

namespace clusterdisc {
namespace {

constexpr Instant pause = std::chrono::seconds(5);

}  // namespace

NeighbourMonitor::NeighbourMonitor(sd_event* event) : requests_(NETLINK_ROUTE), timer_(event, [this] { look(); }) {
    look();
}

void NeighbourMonitor::look() {
    try {
        NetlinkRequest request(RTM_GETNEIGHTBL, 0, ndtmsg{});
        // A counter that was missed this time is there the next time.
        static_cast<void>(requests_.dump(request, "cannot read the tables of neighbours",
                                         [this](const nlmsghdr& message) { tables_.apply(message); }));
    } catch (const std::system_error&) {
        // No memory for the moment: it is only for a warning.
    }
    for (const std::string& line : tables_.take_warnings()) {
        warn(line);
    }
    timer_.set(EventLoop::now() + pause);
}

}  // namespace clusterdisc
