// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include <cstdint>
#include <variant>
#include <vector>

#include "common/file_descriptor.h"

// What sd-event(3) leaves open: the names and their place, outside of any namespace, are the library's.

namespace clusterdisc::stand_in {

struct IoSource {
    sd_event_io_handler_t handler;
    /// The caller's.
    int descriptor;
    std::uint32_t events;
};

struct TimeSource {
    sd_event_time_handler_t handler;
    /// The time of CLOCK_BOOTTIME at which it is due, in microseconds.
    std::uint64_t time;
};

struct SignalSource {
    sd_event_signal_handler_t handler;
    FileDescriptor signals;
};

struct ChildSource {
    sd_event_child_handler_t handler;
    FileDescriptor process;
};

struct DeferredSource {
    sd_event_handler_t handler;
};

using Source = std::variant<IoSource, TimeSource, SignalSource, ChildSource, DeferredSource>;

}  // namespace clusterdisc::stand_in

struct sd_event_source {
    sd_event* event;
    clusterdisc::stand_in::Source source;
    void* userdata;
    sd_event_destroy_t destroy = nullptr;
    /// SD_EVENT_OFF, SD_EVENT_ON or SD_EVENT_ONESHOT.
    int enabled = SD_EVENT_OFF;
    /// The owner's, and the loop's while it is about to call the handler.
    unsigned references = 1;
};

struct sd_event {
    clusterdisc::FileDescriptor epoll;
    std::vector<sd_event_source*> sources{};
    /// The owner's, one of each source, and the loop's while it runs.
    unsigned references = 1;
    bool is_exiting = false;
    bool has_ended = false;
    int exit_code = 0;
};

namespace clusterdisc::stand_in {

/// The descriptor that says when the source is due; -1 for those that have none.
int descriptor_of(const sd_event_source& source);

/// Takes one reference away, and the source with the last one.
void unreference(sd_event_source* source);

/// Waits until something is due, and calls the handlers of all that is. A negative error number when it cannot wait.
int run_once(sd_event& event);

}  // namespace clusterdisc::stand_in
