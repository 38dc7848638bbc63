// SPDX-License-Identifier: GPL-2.0-or-later
//
// The part of sd-event(3) that our programs call. The library of that name needs five others, which have no other user
// on a drone and would take a fifth of its size. Programs are linked to Debian's library and find this one in its
// place.
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <ctime>
#include <memory>
#include <utility>

#include "event_source.h"

using clusterdisc::FileDescriptor;
using clusterdisc::stand_in::ChildSource;
using clusterdisc::stand_in::DeferredSource;
using clusterdisc::stand_in::descriptor_of;
using clusterdisc::stand_in::IoSource;
using clusterdisc::stand_in::SignalSource;
using clusterdisc::stand_in::Source;
using clusterdisc::stand_in::TimeSource;

namespace {

/// Makes the loop wait for the source's descriptor, if it has one.
int watch(sd_event_source& source, int operation) {
    const int descriptor = descriptor_of(source);
    if (descriptor < 0) {
        return 0;
    }
    const auto* const io = std::get_if<IoSource>(&source.source);
    epoll_event wanted{};
    wanted.events = io != nullptr ? io->events : std::uint32_t{EPOLLIN};
    wanted.data.ptr = &source;
    return ::epoll_ctl(source.event->epoll.number(), operation, descriptor, &wanted) == 0 ? 0 : -errno;
}

int add(sd_event* event, sd_event_source** result, Source kind, void* userdata, int enabled) {
    if (event->has_ended) {
        return -ESTALE;
    }
    // No owner but the program, which gives it back with sd_event_source_disable_unref().
    auto source = std::make_unique<sd_event_source>(
        sd_event_source{.event = event, .source = std::move(kind), .userdata = userdata});
    if (const int error = ::sd_event_source_set_enabled(source.get(), enabled); error < 0) {
        return error;
    }
    event->sources.push_back(source.get());
    ++event->references;
    *result = source.release();
    return 0;
}

}  // namespace

extern "C" {

int sd_event_new(sd_event** e) {
    FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll.is_open()) {
        return -errno;
    }
    *e = std::make_unique<sd_event>(sd_event{.epoll = std::move(epoll)}).release();
    return 0;
}

sd_event* sd_event_unref(sd_event* e) {
    if (e != nullptr && --e->references == 0) {
        const std::unique_ptr<sd_event> ended(e);
    }
    return nullptr;
}

int sd_event_add_io(sd_event* e, sd_event_source** s, int fd, uint32_t events, sd_event_io_handler_t callback,
                    void* userdata) {
    return add(e, s, IoSource{callback, fd, events}, userdata, SD_EVENT_ON);
}

int sd_event_add_time(sd_event* e, sd_event_source** s, clockid_t clock, uint64_t usec, uint64_t,
                      sd_event_time_handler_t callback, void* userdata) {
    return clock == CLOCK_BOOTTIME ? add(e, s, TimeSource{callback, usec}, userdata, SD_EVENT_ONESHOT) : -EOPNOTSUPP;
}

int sd_event_add_signal(sd_event* e, sd_event_source** s, int sig, sd_event_signal_handler_t callback, void* userdata) {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    ::sigaddset(&wanted, sig);
    FileDescriptor signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    return signals.is_open() ? add(e, s, SignalSource{callback, std::move(signals)}, userdata, SD_EVENT_ON) : -errno;
}

int sd_event_add_child(sd_event* e, sd_event_source** s, pid_t pid, int, sd_event_child_handler_t callback,
                       void* userdata) {
    FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    return process.is_open() ? add(e, s, ChildSource{callback, std::move(process)}, userdata, SD_EVENT_ONESHOT)
                             : -errno;
}

int sd_event_add_defer(sd_event* e, sd_event_source** s, sd_event_handler_t callback, void* userdata) {
    return add(e, s, DeferredSource{callback}, userdata, SD_EVENT_ONESHOT);
}

sd_event* sd_event_source_get_event(sd_event_source* source) {
    return source->event;
}

int sd_event_source_set_destroy_callback(sd_event_source* source, sd_event_destroy_t callback) {
    source->destroy = callback;
    return 0;
}

int sd_event_source_set_enabled(sd_event_source* source, int enabled) {
    const bool is_on = enabled != SD_EVENT_OFF;
    if (is_on != (source->enabled != SD_EVENT_OFF)) {
        // A descriptor that was closed meanwhile is not waited for any more.
        if (const int error = watch(*source, is_on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL); is_on && error < 0) {
            return error;
        }
    }
    source->enabled = enabled;
    return 0;
}

int sd_event_source_set_io_events(sd_event_source* source, uint32_t events) {
    auto* const io = std::get_if<IoSource>(&source->source);
    if (io == nullptr) {
        return -EDOM;
    }
    io->events = events;
    return source->enabled != SD_EVENT_OFF ? watch(*source, EPOLL_CTL_MOD) : 0;
}

int sd_event_source_set_time(sd_event_source* source, uint64_t usec) {
    auto* const timer = std::get_if<TimeSource>(&source->source);
    if (timer == nullptr) {
        return -EDOM;
    }
    if (source->event->has_ended) {
        return -ESTALE;
    }
    timer->time = usec;
    return 0;
}

sd_event_source* sd_event_source_disable_unref(sd_event_source* source) {
    if (source != nullptr) {
        ::sd_event_source_set_enabled(source, SD_EVENT_OFF);
        clusterdisc::stand_in::unreference(source);
    }
    return nullptr;
}

int sd_event_exit(sd_event* e, int code) {
    if (e->has_ended) {
        return -ESTALE;
    }
    e->is_exiting = true;
    e->exit_code = code;
    return 0;
}

int sd_event_loop(sd_event* e) {
    if (e->has_ended) {
        return -ESTALE;
    }
    ++e->references;
    int result = 0;
    while (result >= 0 && !e->is_exiting) {
        result = clusterdisc::stand_in::run_once(*e);
    }
    if (result >= 0) {
        e->has_ended = true;
        result = e->exit_code;
    }
    ::sd_event_unref(e);
    return result;
}

int sd_event_set_watchdog(sd_event*, int) {
    // Nobody on a drone asks for signs of life.
    return 0;
}
}
