// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>

namespace openmosix {

/// What signals are about that were sent to a traced process: the kernel lets nobody say that in another's name, so
/// they are sent without, and it is told when they are delivered. Keeps exactly as many as the kernel has waiting: of a
/// standard signal that waits already, another one is nothing new; real-time signals queue up (signal(7)).
class SentSignals {
public:
    /// No more real-time signals than `most` wait; further ones are lost, as over RLIMIT_SIGPENDING.
    explicit SentSignals(std::size_t most) : most_(most) {}

    /// A signal from 1 to 64. `is_pending`: the kernel has one of this number waiting; `is_being_delivered`: the
    /// process stands before the delivery of one, whose information was not taken yet. False when it must not be sent.
    [[nodiscard]] bool add(const siginfo_t& info, bool is_pending, bool is_being_delivered);
    /// Whether none waits that was sent, as far as is known: some may have been thrown away.
    [[nodiscard]] bool is_empty() const;
    /// Of a signal that is delivered now; none when it was not sent this way.
    std::optional<siginfo_t> take(int signal);

private:
    std::size_t most_;
    std::size_t real_time_ = 0;
    std::map<int, std::deque<siginfo_t>> infos_;
};

/// Whether a traced process has a stop that nobody has waited for yet, before the delivery of this signal.
bool is_being_delivered(pid_t pid, int signal);

}  // namespace openmosix
