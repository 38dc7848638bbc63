// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "image/process_image.h"
#include "memory/layout_plan.h"
#include "tracee/agent.h"

namespace openmosix {

/// Makes an address space that has nothing where the ranges are. Throws std::system_error, also when something is
/// there.
void make_layout(Agent& agent, const std::vector<ImageRange>& ranges);

/// Takes the steps of plan_layout(), in a process whose personality may be this one (personality(2)); it is another one
/// afterwards. Throws std::system_error when one fails.
void change_layout(Agent& agent, const std::vector<LayoutStep>& steps, std::uint32_t personality);

}  // namespace openmosix
