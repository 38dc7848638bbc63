// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace openmosix::monitor {

/// What was pressed: the code of an ASCII character, or one of those below.
using Key = int;

inline constexpr Key key_escape = 27;
inline constexpr Key key_enter = '\n';
inline constexpr Key key_tab = '\t';
inline constexpr Key key_redraw = 12;
inline constexpr Key key_backspace = 127;
// Beyond all characters.
inline constexpr Key key_up = 1000;
inline constexpr Key key_down = 1001;
inline constexpr Key key_left = 1002;
inline constexpr Key key_right = 1003;
inline constexpr Key key_page_up = 1004;
inline constexpr Key key_page_down = 1005;
inline constexpr Key key_home = 1006;
inline constexpr Key key_end = 1007;

}  // namespace openmosix::monitor
