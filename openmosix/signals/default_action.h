// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <csignal>
#include <cstdint>

namespace openmosix {

/// What a signal does to a process that has not said otherwise (signal(7)).
enum class DefaultAction : std::uint8_t { end, end_with_core, stop, ignore };

constexpr DefaultAction default_action(int signal) {
    switch (signal) {
        case SIGCHLD:
        case SIGCONT:
        case SIGURG:
        case SIGWINCH:
            return DefaultAction::ignore;
        case SIGSTOP:
        case SIGTSTP:
        case SIGTTIN:
        case SIGTTOU:
            return DefaultAction::stop;
        case SIGQUIT:
        case SIGILL:
        case SIGTRAP:
        case SIGABRT:
        case SIGBUS:
        case SIGFPE:
        case SIGSEGV:
        case SIGXCPU:
        case SIGXFSZ:
        case SIGSYS:
            return DefaultAction::end_with_core;
        default:
            return DefaultAction::end;
    }
}

/// The signal by which a process has ended that a peer speaks of, with its status as of wait(2): SIGKILL when there is
/// none by which a process ends.
constexpr int ending_signal(int status) {
    const int signal = status & 0x7f;
    const bool has_exited_or_stopped = signal == 0 || signal > 64;
    const DefaultAction action = has_exited_or_stopped ? DefaultAction::ignore : default_action(signal);
    return action == DefaultAction::end || action == DefaultAction::end_with_core ? signal : SIGKILL;
}

}  // namespace openmosix
