// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/terminal_signals.h"

#include <csignal>
#include <ctime>

namespace openmosix::monitor {

TerminalSignals::TerminalSignals(sd_event* event, const Handlers& handlers) {
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
        sources_.push_back(
            clusterdisc::add_signal(event, signal, [on_end = handlers.on_end, signal] { on_end(signal); }));
    }
    sources_.push_back(clusterdisc::add_signal(event, SIGTSTP, handlers.on_stop));
    sources_.push_back(clusterdisc::add_signal(event, SIGCONT, handlers.on_continue));
    sources_.push_back(clusterdisc::add_signal(event, SIGWINCH, handlers.on_resize));
}

void TerminalSignals::stop() {
    sigset_t signals;
    sigset_t former;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTSTP);
    // Whoever started it may ignore it, and ncurses catches it.
    std::signal(SIGTSTP, SIG_DFL);
    ::raise(SIGTSTP);
    // Here it stops, unless it is alone in its session: then nobody could continue it.
    ::sigprocmask(SIG_UNBLOCK, &signals, &former);
    ::sigprocmask(SIG_SETMASK, &former, nullptr);
    // The caller knows that it continues.
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGCONT);
    const timespec at_once{};
    ::sigtimedwait(&signals, nullptr, &at_once);
}

}  // namespace openmosix::monitor
