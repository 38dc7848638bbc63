// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "monitor/process_table.h"

namespace openmosix::monitor {

/// All about one process, for people: whose it is, where, since when and why. `why`: what omd says of it (mosctl why).
std::string process_details(const TableRow& row, const std::string& why);

}  // namespace openmosix::monitor
