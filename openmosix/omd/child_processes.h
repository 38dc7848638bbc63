// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/event_loop.h"
#include "common/file_descriptor.h"

namespace openmosix {

/// What a child of omd has in place of omd's descriptors, besides standard error.
inline constexpr int child_descriptor = 3;

/// The children of omd. They live on when omd ends: each is a session of its own. For one thread and once per process.
class ChildProcesses {
public:
    /// Called with how it ended (wait(2)).
    using OnEnd = std::function<void(int status)>;

    /// Throws std::system_error.
    explicit ChildProcesses(sd_event* event);

    /// Runs a program with `descriptor` as child_descriptor, which reads `input`. Throws std::system_error when there
    /// can be no process.
    pid_t start_program(const std::vector<std::string>& words, const clusterdisc::FileDescriptor& descriptor,
                        const clusterdisc::FileDescriptor& input, OnEnd on_end);
    /// Runs a function in a copy of this process, with `descriptor` as child_descriptor; what it returns or an
    /// exception becomes the exit status. Throws std::system_error.
    pid_t start_function(std::function<int()> function, const clusterdisc::FileDescriptor& descriptor, OnEnd on_end);

private:
    pid_t start(const std::function<void()>& become, OnEnd on_end);
    void reap();

    std::map<pid_t, OnEnd> children_;
    clusterdisc::EventSource signal_;
};

/// `ended with status 1`, `was killed by signal 9`.
std::string describe_end(int status);

}  // namespace openmosix
