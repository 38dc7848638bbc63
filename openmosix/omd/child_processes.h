// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/event_loop.h"

namespace openmosix {

/// What a child of omd has in place of omd's descriptors, besides standard error.
inline constexpr int child_descriptor = 3;

/// Descriptors of omd that a child gets.
struct ChildDescriptors {
    /// As child_descriptor; -1: nothing.
    int connection = -1;
    /// As standard input and output; -1: /dev/null.
    int input = -1;
    int output = -1;
};

/// The children of omd. They live on when omd ends: each is a session of its own. For one thread and once per process.
class ChildProcesses {
public:
    /// Called with how it ended (wait(2)).
    using OnEnd = std::function<void(int status)>;

    /// Throws std::system_error.
    explicit ChildProcesses(sd_event* event);

    /// Runs a program. Throws std::system_error when there can be no process.
    pid_t start_program(const std::vector<std::string>& words, const ChildDescriptors& descriptors, OnEnd on_end);
    /// Runs a function in a copy of this process; what it returns or an exception becomes the exit status. Throws
    /// std::system_error.
    pid_t start_function(std::function<int()> function, const ChildDescriptors& descriptors, OnEnd on_end);

private:
    pid_t start(const std::function<void()>& become, OnEnd on_end);
    void reap();

    std::map<pid_t, OnEnd> children_;
    clusterdisc::EventSource signal_;
};

/// `ended with status 1`, `was killed by signal 9`.
std::string describe_end(int status);

}  // namespace openmosix
