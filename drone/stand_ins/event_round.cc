// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <memory>
#include <span>

#include "event_source.h"

namespace clusterdisc::stand_in {
namespace {

std::uint64_t now() {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_nsec) / 1000;
}

/// A source that is due, which stays until its handler has been called.
struct Due {
    std::shared_ptr<sd_event_source> source;
    std::uint32_t events;
};

Due hold(sd_event_source* source, std::uint32_t events) {
    ++source->references;
    return {{source, unreference}, events};
}

/// For epoll_wait(2): until the first time, rounded up to milliseconds; not at all where something is due by itself.
int timeout(const sd_event& event) {
    std::uint64_t left = UINT64_MAX;
    const std::uint64_t begin = now();
    for (const sd_event_source* source : event.sources) {
        if (source->enabled == SD_EVENT_OFF) {
            continue;
        }
        if (std::holds_alternative<DeferredSource>(source->source)) {
            return 0;
        }
        if (const auto* timer = std::get_if<TimeSource>(&source->source)) {
            left = std::min(left, timer->time > begin ? timer->time - begin : 0);
        }
    }
    constexpr std::uint64_t microseconds = 1000;
    const std::uint64_t milliseconds = left / microseconds + (left % microseconds != 0 ? 1 : 0);
    return left == UINT64_MAX ? -1 : static_cast<int>(std::min<std::uint64_t>(milliseconds, INT_MAX));
}

void add_what_needs_no_descriptor(const sd_event& event, std::vector<Due>& due) {
    const std::uint64_t time = now();
    for (sd_event_source* source : event.sources) {
        const auto* const timer = std::get_if<TimeSource>(&source->source);
        if (source->enabled != SD_EVENT_OFF &&
            (std::holds_alternative<DeferredSource>(source->source) || (timer != nullptr && timer->time <= time))) {
            due.push_back(hold(source, 0));
        }
    }
}

int call_for_signal(sd_event_source* source, const SignalSource& kind) {
    signalfd_siginfo signal{};
    if (::read(kind.signals.number(), &signal, sizeof(signal)) != static_cast<ssize_t>(sizeof(signal))) {
        return 0;
    }
    return kind.handler(source, &signal, source->userdata);
}

/// Calls the handler of a child that has ended. The child can still be waited for while its handler runs, and is reaped
/// afterwards, as with Debian's library.
int call_for_child(sd_event_source* source, const ChildSource& kind) {
    siginfo_t status{};
    const auto process = static_cast<id_t>(kind.process.number());
    if (::waitid(P_PIDFD, process, &status, WEXITED | WNOHANG | WNOWAIT) != 0 || status.si_pid == 0) {
        return 0;
    }
    const int result = kind.handler(source, &status, source->userdata);
    ::waitid(P_PIDFD, process, &status, WEXITED | WNOHANG);
    return result;
}

struct Caller {
    sd_event_source* source;
    std::uint32_t events;

    int operator()(const IoSource& kind) const {
        return kind.handler(source, kind.descriptor, events, source->userdata);
    }
    int operator()(const TimeSource& kind) const { return kind.handler(source, kind.time, source->userdata); }
    int operator()(const SignalSource& kind) const { return call_for_signal(source, kind); }
    int operator()(const ChildSource& kind) const { return call_for_child(source, kind); }
    int operator()(const DeferredSource& kind) const { return kind.handler(source, source->userdata); }
};

void call_handler(const Due& due) {
    sd_event_source* const source = due.source.get();
    if (source->enabled == SD_EVENT_ONESHOT) {
        ::sd_event_source_set_enabled(source, SD_EVENT_OFF);
    }
    if (std::visit(Caller{source, due.events}, source->source) < 0) {
        ::sd_event_source_set_enabled(source, SD_EVENT_OFF);
    }
}

}  // namespace

int descriptor_of(const sd_event_source& source) {
    if (const auto* io = std::get_if<IoSource>(&source.source)) {
        return io->descriptor;
    }
    if (const auto* signal = std::get_if<SignalSource>(&source.source)) {
        return signal->signals.number();
    }
    const auto* const child = std::get_if<ChildSource>(&source.source);
    return child != nullptr ? child->process.number() : -1;
}

void unreference(sd_event_source* source) {
    if (--source->references > 0) {
        return;
    }
    const std::unique_ptr<sd_event_source> ended(source);
    std::erase(source->event->sources, source);
    if (source->destroy != nullptr) {
        source->destroy(source->userdata);
    }
    ::sd_event_unref(source->event);
}

int run_once(sd_event& event) {
    constexpr std::size_t max_at_once = 64;
    std::array<epoll_event, max_at_once> ready{};
    const int count = ::epoll_wait(event.epoll.number(), ready.data(), static_cast<int>(ready.size()), timeout(event));
    if (count < 0 && errno != EINTR) {
        return -errno;
    }
    std::vector<Due> due;
    add_what_needs_no_descriptor(event, due);
    for (const epoll_event& each : std::span(ready).first(static_cast<std::size_t>(std::max(count, 0)))) {
        due.push_back(hold(static_cast<sd_event_source*>(each.data.ptr), each.events));
    }
    for (const Due& each : due) {
        // What was called before it may have switched it off.
        if (!event.is_exiting && each.source->enabled != SD_EVENT_OFF) {
            call_handler(each);
        }
    }
    return 0;
}

}  // namespace clusterdisc::stand_in
