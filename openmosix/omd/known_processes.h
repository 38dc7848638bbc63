// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>

#include "load/process_survey.h"

namespace openmosix {

/// Returns what the state files of supervisors in the run directory say of the processes of this node, with its own pid
/// among those that are left out. `pace_of`: as of ProcessSurvey::Known.
ProcessSurvey::Known known_processes(const std::string& run_folder, balance::NodeId own_node,
                                     std::function<double(balance::NodeId)> pace_of);

}  // namespace openmosix
