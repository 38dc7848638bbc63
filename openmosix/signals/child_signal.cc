// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals/child_signal.h"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>

namespace openmosix {

void catch_child_signal() {
    struct sigaction action {};
    // Only that there is one ends the wait.
    action.sa_handler = [](int) {};  // NOLINT(cppcoreguidelines-pro-type-union-access)
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    if (::sigaction(SIGCHLD, &action, nullptr) != 0 || ::sigprocmask(SIG_BLOCK, &child, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "sigaction");
    }
}

int poll_with_child_signal(std::span<pollfd> waits, int timeout) {
    sigset_t mask;
    ::sigprocmask(SIG_SETMASK, nullptr, &mask);
    ::sigdelset(&mask, SIGCHLD);
    const timespec limit{timeout / 1000, static_cast<long>(timeout % 1000) * 1'000'000};
    const int ready = ::ppoll(waits.data(), waits.size(), timeout < 0 ? nullptr : &limit, &mask);
    if (ready < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "ppoll");
    }
    return ready;
}

}  // namespace openmosix
