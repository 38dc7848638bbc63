// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "monitor/process_sample.h"

namespace openmosix::monitor {

/// Looks at the processes of this machine. One thread.
class ProcessSurvey {
public:
    /// All but threads of the kernel, by pid. Throws std::filesystem::filesystem_error when there is no /proc.
    std::vector<ProcessSample> look();

private:
    const std::string& name_of(uid_t user);

    std::map<uid_t, std::string> user_names_;
};

/// Why it cannot move (freeze/cant_move.h), with a line for each reason; empty when nothing keeps it, or when it has
/// ended.
std::string reasons_of(pid_t pid);

}  // namespace openmosix::monitor
