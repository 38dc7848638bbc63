// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "omd/child_processes.h"

namespace openmosix {

/// Finds out how fast this node's processors are (balance/yardstick.h): from RUN/speed, which lasts until the next
/// boot; else it is `configured`, or when that is 0 measured in a child, which takes less than a second of a processor.
/// `on_known` is called once, at once or later, with a speed of the yardstick; never when it cannot be measured, which
/// is logged.
void find_node_speed(ChildProcesses& children, const std::string& run_folder, std::uint32_t configured,
                     const std::function<void(std::uint32_t)>& on_known);

/// From now on that is the speed, until the next boot. Logs when it cannot be kept.
void remember_node_speed(const std::string& run_folder, std::uint32_t speed);

}  // namespace openmosix
