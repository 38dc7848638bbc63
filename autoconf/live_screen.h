// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>

namespace clusterdisc {

/// The text of the screen now. `is_live`: while it is renewed, in contrast to what is left of it at the end.
using ScreenText = std::function<std::string(bool is_live)>;

/// Keeps a screen on the terminal up to date until a key is pressed: draws it again when the file or the network links
/// change. Standard input and output must be that terminal; it takes keys one by one and unseen meanwhile, and is put
/// back whatever happens. Returns 0, or the signal that ended it (HUP, INT, QUIT or TERM), which the caller raises
/// again. Throws std::system_error, and what `text` throws. For a program with one thread.
int show_until_key(const ScreenText& text, const std::string& watched_file);

}  // namespace clusterdisc
