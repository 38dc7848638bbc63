// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace openmosix::monitor {

/// Whether standard output is a terminal of a kind ($TERM) that is known and can move its cursor.
bool can_move_cursor();

}  // namespace openmosix::monitor
