// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/file_descriptor.h"

namespace clusterdisc {

/// How a program is started.
struct ChildOptions {
    std::vector<std::string> command{};
    int niceness = 0;
    /// The value for /proc/PID/oom_score_adj; written only when it is not 0.
    int oom_score_adjustment = 0;
    /// A terminal that becomes its standard input, output and controlling terminal. Without one it has /dev/null and
    /// its output goes to the pipe.
    std::string terminal{};
    /// The directory of a control group that it is put into; empty for none.
    std::string control_group{};
};

struct ChildProcess {
    pid_t pid = -1;
    /// The reading end of a pipe with all that it writes to standard output and error.
    FileDescriptor output;
};

/// Starts it with all signals at their defaults. Throws std::system_error when there is no room for a process or a
/// pipe; a program that cannot be executed ends with status 127 and says why in its output.
ChildProcess start_child(const ChildOptions& options);

/// "ended with status 3" or "was killed by signal 9", from a status of waitpid(2).
std::string describe_end(int wait_status);

}  // namespace clusterdisc
