// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/terminal_kind.h"

#include <curses.h>
#include <unistd.h>
// After curses.h, and in no other file: its macros have names like `columns`.
#include <term.h>

namespace openmosix::monitor {

bool can_move_cursor() {
    int found = 0;
    if (::setupterm(nullptr, STDOUT_FILENO, &found) != OK) {
        return false;
    }
    const char* const move = ::tigetstr("cup");
    const bool is_there = move != nullptr && *move != '\0';
    ::del_curterm(cur_term);
    return is_there;
}

}  // namespace openmosix::monitor
