// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "common/instant.h"

namespace clusterdisc {

/// The event loop of one thread (sd-event(3)). All classes of this file belong to the thread that runs it.
///
/// An exception that leaves a callback is logged to standard error and ends the loop with exit_failure: it must not
/// pass through the C code between.
class EventLoop {
public:
    /// Throws std::system_error.
    EventLoop();

    [[nodiscard]] sd_event* get() const { return event_.get(); }
    /// Until exit() is called; returns what it was given. Throws std::system_error.
    int run();
    /// Throws std::system_error.
    void exit(int status);
    /// Tells systemd that we are alive when it asks for it by WATCHDOG_USEC (sd_event_set_watchdog(3)); false when it
    /// does not ask.
    bool enable_watchdog();
    /// Now, by CLOCK_BOOTTIME: it goes on while the machine sleeps and nobody can set it.
    static Instant now();

private:
    struct Unreference {
        void operator()(sd_event* event) const { ::sd_event_unref(event); }
    };
    std::unique_ptr<sd_event, Unreference> event_;
};

/// Owns a source of events, which ends with it. May be destroyed inside its own callback.
class EventSource {
public:
    EventSource() = default;
    /// Takes over a reference.
    explicit EventSource(sd_event_source* source) : source_(source) {}

    [[nodiscard]] sd_event_source* get() const { return source_.get(); }

private:
    struct DisableAndUnreference {
        void operator()(sd_event_source* source) const { ::sd_event_source_disable_unref(source); }
    };
    std::unique_ptr<sd_event_source, DisableAndUnreference> source_;
};

/// Calls `function` when a file descriptor is ready for one of `events` (EPOLLIN, ..., see epoll_ctl(2)), with those
/// that it is ready for. The descriptor stays the caller's and must stay open. Throws std::system_error.
[[nodiscard]] EventSource add_io(sd_event* event, int descriptor, std::uint32_t events,
                                 std::function<void(std::uint32_t)> function);

/// Blocks a signal and calls `function` when it comes. Throws std::system_error.
[[nodiscard]] EventSource add_signal(sd_event* event, int signal, std::function<void()> function);

/// Calls `function` once, as soon as the loop runs again. Throws std::system_error.
[[nodiscard]] EventSource add_deferred(sd_event* event, std::function<void()> function);

/// Calls a function at a time, exact to 1 ms; can be set again and again, also by the function itself.
class Timer {
public:
    /// Not set yet. Throws std::system_error.
    Timer(sd_event* event, std::function<void()> function);

    /// Once at this time, or as soon as possible when it is over; never when the loop has ended. Throws
    /// std::system_error.
    void set(Instant when);
    /// Not at all.
    void stop();

private:
    EventSource source_;
};

}  // namespace clusterdisc
