// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "tracee/agent.h"

namespace openmosix {

/// What a program has set for itself that would not hold elsewhere (calls/process_properties.table): the reasons why it
/// cannot move, only the process itself can tell. It must stand.
std::vector<std::string> settings_that_do_not_move(Tracee& tracee, Agent& agent);

}  // namespace openmosix
