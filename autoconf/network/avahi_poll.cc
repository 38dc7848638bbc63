// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/avahi_poll.h"

#include <fcntl.h>
#include <sys/time.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <memory>
#include <system_error>

#include "common/event_loop.h"
#include "common/file_descriptor.h"
#include "common/warning.h"

/// Avahi leaves the content of these two to the event loop.
struct AvahiWatch {
    /// A copy of Avahi's descriptor: libdbus watches one for reading and for writing separately, and epoll(7) takes
    /// each descriptor once only.
    clusterdisc::FileDescriptor copy;
    clusterdisc::EventSource source;
    AvahiWatchEvent happened{};
};

struct AvahiTimeout {
    std::unique_ptr<clusterdisc::Timer> timer;
};

namespace {

using clusterdisc::Instant;

sd_event* event_of(const AvahiPoll* api) {
    return static_cast<sd_event*>(api->userdata);
}

/// Runs what may throw on behalf of C code, which takes a null pointer for failure.
template <typename Function>
auto or_null(Function function) noexcept -> decltype(function()) {
    try {
        return function();
    } catch (const std::exception& error) {
        clusterdisc::warn(error.what());
        return nullptr;
    }
}

AvahiWatch* watch_new(const AvahiPoll* api, int descriptor, AvahiWatchEvent events, AvahiWatchCallback callback,
                      void* userdata) {
    return or_null([&] {
        auto watch = std::make_unique<AvahiWatch>();
        watch->copy = clusterdisc::FileDescriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
        if (!watch->copy.is_open()) {
            throw std::system_error(errno, std::generic_category(), "cannot watch Avahi's socket");
        }
        // The values of AvahiWatchEvent are those of poll(2), which epoll(7) shares.
        watch->source = clusterdisc::add_io(event_of(api), watch->copy.number(), static_cast<std::uint32_t>(events),
                                            [made = watch.get(), descriptor, callback, userdata](std::uint32_t ready) {
                                                made->happened = static_cast<AvahiWatchEvent>(ready);
                                                // May free the watch: nothing of it is touched afterwards.
                                                callback(made, descriptor, made->happened, userdata);
                                            });
        return watch.release();
    });
}

void watch_update(AvahiWatch* watch, AvahiWatchEvent events) {
    ::sd_event_source_set_io_events(watch->source.get(), static_cast<std::uint32_t>(events));
}

AvahiWatchEvent watch_get_events(AvahiWatch* watch) {
    return watch->happened;
}

void watch_free(AvahiWatch* watch) {
    const std::unique_ptr<AvahiWatch> freed(watch);
}

/// From gettimeofday(2)'s time, which Avahi uses, to that of timers.
Instant to_instant(const timeval& time) {
    timeval now{};
    ::gettimeofday(&now, nullptr);
    return clusterdisc::EventLoop::now() + std::chrono::seconds(time.tv_sec - now.tv_sec) +
           std::chrono::microseconds(time.tv_usec - now.tv_usec);
}

void timeout_update(AvahiTimeout* timeout, const timeval* time) {
    try {
        if (time == nullptr) {
            timeout->timer->stop();
        } else {
            timeout->timer->set(to_instant(*time));
        }
    } catch (const std::exception& error) {
        clusterdisc::warn(error.what());
    }
}

AvahiTimeout* timeout_new(const AvahiPoll* api, const timeval* time, AvahiTimeoutCallback callback, void* userdata) {
    return or_null([&] {
        auto timeout = std::make_unique<AvahiTimeout>();
        timeout->timer = std::make_unique<clusterdisc::Timer>(
            event_of(api), [made = timeout.get(), callback, userdata] { callback(made, userdata); });
        timeout_update(timeout.get(), time);
        return timeout.release();
    });
}

void timeout_free(AvahiTimeout* timeout) {
    const std::unique_ptr<AvahiTimeout> freed(timeout);
}

}  // namespace

namespace clusterdisc {

AvahiEventPoll::AvahiEventPoll(sd_event* event) {
    api_.userdata = event;
    api_.watch_new = watch_new;
    api_.watch_update = watch_update;
    api_.watch_get_events = watch_get_events;
    api_.watch_free = watch_free;
    api_.timeout_new = timeout_new;
    api_.timeout_update = timeout_update;
    api_.timeout_free = timeout_free;
}

}  // namespace clusterdisc
