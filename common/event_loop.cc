// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/event_loop.h"

#include <csignal>
#include <ctime>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include "common/exit_status.h"
#include "common/warning.h"

namespace clusterdisc {
namespace {

constexpr std::uint64_t timer_accuracy_microseconds = 1000;

void check(int result, const char* what) {
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
}

template <typename Function, typename... Arguments>
int call(sd_event_source* source, const Function& function, Arguments... arguments) noexcept {
    try {
        function(arguments...);
    } catch (const std::exception& error) {
        warn(error.what());
        ::sd_event_exit(::sd_event_source_get_event(source), exit_failure);
    } catch (...) {
        warn("unknown error in the event loop");
        ::sd_event_exit(::sd_event_source_get_event(source), exit_failure);
    }
    return 0;
}

using IoFunction = std::function<void(std::uint32_t)>;
using PlainFunction = std::function<void()>;

int on_io(sd_event_source* source, int, std::uint32_t events, void* function) {
    return call(source, *static_cast<IoFunction*>(function), events);
}

int on_signal(sd_event_source* source, const signalfd_siginfo*, void* function) {
    return call(source, *static_cast<PlainFunction*>(function));
}

int on_time(sd_event_source* source, std::uint64_t, void* function) {
    return call(source, *static_cast<PlainFunction*>(function));
}

int on_deferred(sd_event_source* source, void* function) {
    return call(source, *static_cast<PlainFunction*>(function));
}

/// The function must live as long as the source itself, which outlives its EventSource when that is destroyed inside
/// the function: so sd-event destroys it.
template <typename Function>
EventSource own(sd_event_source* raw, std::unique_ptr<Function> function) {
    EventSource source(raw);
    check(::sd_event_source_set_destroy_callback(
              raw, [](void* owned) { const std::unique_ptr<Function> ended(static_cast<Function*>(owned)); }),
          "sd_event_source_set_destroy_callback");
    static_cast<void>(function.release());
    return source;
}

}  // namespace

EventLoop::EventLoop() {
    sd_event* event = nullptr;
    check(::sd_event_new(&event), "cannot make an event loop");
    event_.reset(event);
}

int EventLoop::run() {
    const int status = ::sd_event_loop(event_.get());
    check(status, "the event loop failed");
    return status;
}

void EventLoop::exit(int status) {
    check(::sd_event_exit(event_.get(), status), "sd_event_exit");
}

bool EventLoop::enable_watchdog() {
    const int result = ::sd_event_set_watchdog(event_.get(), 1);
    check(result, "sd_event_set_watchdog");
    return result > 0;
}

Instant EventLoop::now() {
    timespec time{};
    if (::clock_gettime(CLOCK_BOOTTIME, &time) != 0) {
        throw std::system_error(errno, std::generic_category(), "clock_gettime(CLOCK_BOOTTIME)");
    }
    return std::chrono::duration_cast<Instant>(std::chrono::seconds(time.tv_sec) +
                                               std::chrono::nanoseconds(time.tv_nsec));
}

EventSource add_io(sd_event* event, int descriptor, std::uint32_t events, IoFunction function) {
    auto owned = std::make_unique<IoFunction>(std::move(function));
    sd_event_source* source = nullptr;
    check(::sd_event_add_io(event, &source, descriptor, events, on_io, owned.get()), "sd_event_add_io");
    return own(source, std::move(owned));
}

EventSource add_signal(sd_event* event, int signal, PlainFunction function) {
    auto owned = std::make_unique<PlainFunction>(std::move(function));
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, signal);
    if (::sigprocmask(SIG_BLOCK, &blocked, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "sigprocmask");
    }
    sd_event_source* source = nullptr;
    check(::sd_event_add_signal(event, &source, signal, on_signal, owned.get()), "sd_event_add_signal");
    return own(source, std::move(owned));
}

EventSource add_deferred(sd_event* event, PlainFunction function) {
    auto owned = std::make_unique<PlainFunction>(std::move(function));
    sd_event_source* source = nullptr;
    check(::sd_event_add_defer(event, &source, on_deferred, owned.get()), "sd_event_add_defer");
    return own(source, std::move(owned));
}

Timer::Timer(sd_event* event, PlainFunction function) {
    auto owned = std::make_unique<PlainFunction>(std::move(function));
    sd_event_source* source = nullptr;
    check(::sd_event_add_time(event, &source, CLOCK_BOOTTIME, 0, timer_accuracy_microseconds, on_time, owned.get()),
          "sd_event_add_time");
    source_ = own(source, std::move(owned));
    stop();
}

void Timer::set(Instant when) {
    // 0 would be sd-event's "now" all the same, but only a positive count can be converted without loss.
    const auto microseconds = static_cast<std::uint64_t>(std::max<Instant::rep>(when.count(), 0));
    const int result = ::sd_event_source_set_time(source_.get(), microseconds);
    // The loop has ended, and with it all times: what is taken down afterwards need not care.
    if (result == -ESTALE) {
        return;
    }
    check(result, "sd_event_source_set_time");
    check(::sd_event_source_set_enabled(source_.get(), SD_EVENT_ONESHOT), "sd_event_source_set_enabled");
}

void Timer::stop() {
    check(::sd_event_source_set_enabled(source_.get(), SD_EVENT_OFF), "sd_event_source_set_enabled");
}

}  // namespace clusterdisc
