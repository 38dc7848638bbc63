// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/process_end.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>

#include "procfs/process_status.h"

namespace openmosix {

bool has_ended(pid_t pid) {
    constexpr std::uint64_t kill = std::uint64_t{1} << (SIGKILL - 1U);
    const auto status = find_process_status(pid);
    return !status || !status->has_memory || ((status->pending | status->shared_pending) & kill) != 0;
}

ProcessEnded::ProcessEnded() : std::system_error(ESRCH, std::generic_category()) {}

void fail_for(pid_t pid, int error, const std::string& what) {
    if (has_ended(pid)) {
        throw ProcessEnded();
    }
    throw std::system_error(error, std::generic_category(), what);
}

}  // namespace openmosix
