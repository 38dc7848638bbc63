// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

namespace openmosix::monitor {

/// The keys of all pages, a line each, no longer than 39 characters.
inline constexpr std::string_view help_text =
    "Nodes\n"
    "  l L  load, on a logarithmic scale\n"
    "  s    speed, and how many processors\n"
    "  m r  memory: # used, + free\n"
    "  u    utilizability\n"
    "  w v V  numbers across, down, no gaps\n"
    "  a    as wide as all have room\n"
    "  d t  dead nodes, totals and remarks\n"
    "  + Left Right  the first node shown\n"
    "  Tab  processes\n"
    "Processes\n"
    "  Up Down /  choose one (also j, k)\n"
    "  Enter  all about it, and why\n"
    "  m    move it to a node\n"
    "  h b  move it home, to the best node\n"
    "  l    lock or unlock it\n"
    "  s    order: CPU TIME NODE USER PID\n"
    "  a    all, or those that have moved\n"
    "  Tab  nodes\n"
    "  q Ctrl-L  quit, draw anew\n"
    "250 of load is a process on each\n"
    "processor of the standard speed, 10000.\n";

}  // namespace openmosix::monitor
