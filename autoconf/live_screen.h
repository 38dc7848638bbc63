// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>

namespace clusterdisc {

/// The text of the screen now. `is_live`: while it is renewed, in contrast to what is left of it at the end.
using ScreenText = std::function<std::string(bool is_live)>;

/// What has ended a live screen.
struct LiveScreenEnd {
    /// The first character that the key has sent.
    char key = 0;
    /// HUP, INT, QUIT or TERM, which the caller raises again; 0: none.
    int signal = 0;
};

/// Keeps a screen on the terminal up to date until a key is pressed: draws it again when the file or the network links
/// change. Standard input and output must be that terminal; it takes keys one by one and unseen meanwhile, and is put
/// back whatever happens. Throws std::system_error, and what `text` throws. For a program with one thread.
LiveScreenEnd show_until_key(const ScreenText& text, const std::string& watched_file);

}  // namespace clusterdisc
