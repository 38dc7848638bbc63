// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "monitor/process_model.h"

namespace openmosix::monitor {

/// Now, on this machine. `own`: the id of this node; 0: none.
ProcessModel::Moment current_moment(clusterdisc::NodeId own);

}  // namespace openmosix::monitor
