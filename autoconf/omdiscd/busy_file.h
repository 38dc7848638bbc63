// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>

#include "common/event_loop.h"
#include "common/file_descriptor.h"

namespace clusterdisc {

/// Follows the file `busy` in the run folder. omd keeps it there while processes of this node are away from home or
/// guests are here; a node with that file does not give up its node id. The content is for people.
class BusyFile {
public:
    /// Throws std::system_error.
    BusyFile(sd_event* event, const std::string& run_folder, std::function<void(bool)> on_change);

    [[nodiscard]] bool is_there() const;

private:
    std::string path_;
    FileDescriptor watch_;
    EventSource source_;
};

}  // namespace clusterdisc
