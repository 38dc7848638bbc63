// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "common/event_loop.h"
#include "membership/link.h"
#include "network/link_table.h"
#include "network/netlink.h"

namespace clusterdisc {

/// Follows the links that may carry the cluster, by rtnetlink(7).
///
/// The kernel's announcements only say that it is time to look: everything is read again, so announcements that were
/// lost (ENOBUFS) need no care, and the answer cannot drift from the kernel's tables.
class LinkMonitor {
public:
    using OnChange = std::function<void(const std::vector<Link>&)>;

    /// Reads the links; `on_change` is called from the event loop, the first time for the first difference from
    /// links(). Throws std::system_error when the kernel does not answer.
    LinkMonitor(sd_event* event, LinkSelection selection, OnChange on_change);

    [[nodiscard]] const std::vector<Link>& links() const { return links_; }
    /// What identifies this PC's hardware, the same at every boot: see hash_hardware(). 0 when nothing is known.
    [[nodiscard]] std::uint64_t hardware_fingerprint() const;

private:
    void on_announcement();
    void read_table();

    LinkSelection selection_;
    OnChange on_change_;
    LinkTable table_;
    std::vector<Link> links_;
    /// Opened before the first reading, so that no change is missed between.
    NetlinkSocket announcements_;
    NetlinkSocket requests_;
    EventSource source_;
    Timer again_;
};

}  // namespace clusterdisc
