// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace clusterdisc {

/// The priorities of syslog(3) that are used here.
enum class Priority : unsigned char { error = 3, warning = 4, notice = 5, info = 6 };

/// One line into the kernel's log, which is the only log of a drone: it needs no daemon, has a limit, and the consoles
/// and netconsole show it. On standard error where there is no such log.
void write_kernel_log(Priority priority, const std::string& program, const std::string& text);

/// A line for the person at the PC: on the console, whatever it shows, and in the log.
void tell_person(const std::string& text);

}  // namespace clusterdisc
