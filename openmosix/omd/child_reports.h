// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <list>
#include <string>

#include "common/event_loop.h"
#include "common/file_descriptor.h"

namespace openmosix {

/// Hears from children of omd why they do not believe their peers, and which guests have come (peer/child_report.h).
class ChildReports {
public:
    using OnReport = std::function<void(const std::string& report)>;

    ChildReports(sd_event* event, OnReport on_report) : event_(event), on_report_(std::move(on_report)) {}

    /// The writing end of a pipe for one child. Throws std::system_error.
    clusterdisc::FileDescriptor open();

private:
    struct Pipe {
        clusterdisc::FileDescriptor reader;
        clusterdisc::EventSource readable;
    };
    void take(std::list<Pipe>::iterator pipe);

    sd_event* event_;
    OnReport on_report_;
    /// Those that have said nothing yet, and may.
    std::list<Pipe> pipes_;
};

}  // namespace openmosix
