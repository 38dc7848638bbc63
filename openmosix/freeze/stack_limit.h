// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

namespace openmosix {

/// RLIMIT_STACK of a process in bytes. Throws std::system_error.
inline std::uint64_t stack_limit_of(pid_t pid) {
    rlimit limit{};
    if (::prlimit(pid, RLIMIT_STACK, nullptr, &limit) != 0) {
        throw std::system_error(errno, std::generic_category(), "prlimit of process " + std::to_string(pid));
    }
    return limit.rlim_cur;
}

}  // namespace openmosix
