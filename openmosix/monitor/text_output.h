// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "monitor/monitor_options.h"

namespace openmosix::monitor {

/// Prints the table of processes again and again (mtop -b), until it was printed as often as the options say. Throws
/// std::runtime_error when omd does not answer or the text cannot be written.
void print_processes(const MonitorOptions& options);

}  // namespace openmosix::monitor
