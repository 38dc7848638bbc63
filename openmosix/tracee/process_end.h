// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <string>
#include <system_error>

namespace openmosix {

/// Whether there is no such process any more, or only what its parent has not waited for yet, or one that has got its
/// SIGKILL and does nothing else than to end.
bool has_ended(pid_t pid);

/// A process ended while something was done with it. Its code is ESRCH.
class ProcessEnded : public std::system_error {
public:
    ProcessEnded();
    [[nodiscard]] const char* what() const noexcept override { return "it has ended"; }
};

/// For a request about a process that failed with `error`, of errno(3): throws ProcessEnded when that is why, else
/// std::system_error with `what`, whose subject is "it" or "its ...".
[[noreturn]] void fail_for(pid_t pid, int error, const std::string& what);

}  // namespace openmosix
