// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "common/event_loop.h"

namespace openmosix::monitor {

/// The signals that a program gets which has changed the mode of its terminal: while this object lives none of them
/// ends or stops it before it has put the terminal back.
class TerminalSignals {
public:
    struct Handlers {
        /// One that ends programs: HUP, INT, QUIT or TERM.
        std::function<void(int signal)> on_end;
        /// SIGTSTP.
        std::function<void()> on_stop;
        /// It was stopped in another way, and continues.
        std::function<void()> on_continue;
        std::function<void()> on_resize;
    };

    /// Throws std::system_error.
    TerminalSignals(sd_event* event, const Handlers& handlers);

    /// Stops the program as SIGTSTP would, and returns when it continues.
    static void stop();

private:
    std::vector<clusterdisc::EventSource> sources_;
};

}  // namespace openmosix::monitor
