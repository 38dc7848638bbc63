// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/moment.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "common/event_loop.h"
#include "kernel_interface/process_settings.h"

namespace openmosix::monitor {

ProcessModel::Moment current_moment(clusterdisc::NodeId own) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clusterdisc::EventLoop::now());
    return {.own = own,
            .milliseconds = static_cast<std::uint64_t>(now.count()),
            .ticks_per_second = static_cast<std::uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L)),
            // A kernel with these files is told of the time, too.
            .has_time_of_all_nodes = kernel::has_process_settings()};
}

}  // namespace openmosix::monitor
