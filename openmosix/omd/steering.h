// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "control/node_switches.h"
#include "control/request.h"
#include "control/requester.h"

namespace openmosix {

/// The switches of this node, in a file: they are as they were when omd starts again, and as the configuration has them
/// after a boot.
class Steering {
public:
    /// When `path` is not there, the switches are as `first` has them. What cannot be read is logged, and counts as
    /// off.
    Steering(std::string path, const NodeSwitches& first);

    [[nodiscard]] const NodeSwitches& switches() const { return switches_; }
    [[nodiscard]] bool is_on(NodeSwitch which) const { return switches_.contains(which); }

    /// Does what was asked for; the answer as a line, which on success also says as "was" how the switch was before.
    /// Only root may. A switch that cannot be written down stays as it was.
    std::string set(const SwitchRequest& request, const Requester& requester);

private:
    std::string path_;
    NodeSwitches switches_;
};

}  // namespace openmosix
