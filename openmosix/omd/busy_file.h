// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "common/event_loop.h"
#include "common/file_descriptor.h"

namespace openmosix {

/// Keeps RUN/busy there exactly while RUN/processes or RUN/guests has a file: then omdiscd does not give up this node's
/// id, by which other nodes know where such processes are.
class BusyFile {
public:
    /// Makes the two folders, and removes the files of supervisors that are gone, now and every few seconds while there
    /// are any. Throws std::system_error.
    BusyFile(sd_event* event, std::string run_folder);

private:
    void look();
    void sweep();

    std::string run_folder_;
    clusterdisc::FileDescriptor watch_;
    clusterdisc::EventSource changes_;
    clusterdisc::Timer sweep_timer_;
    bool is_busy_ = false;
};

}  // namespace openmosix
