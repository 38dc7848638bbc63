// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace openmosix {

// What the kernel leaves in the result register of a system call.

/// A negative errno (include/linux/err.h, IS_ERR_VALUE()).
constexpr bool is_error(std::int64_t result) {
    return result < 0 && result >= -4095;
}

// include/linux/errno.h: the call is not done, and a program never sees these.

/// ERESTARTNOINTR: it is made again whatever a signal does.
inline constexpr std::int64_t restart_always = -513;
/// ERESTARTNOHAND: it is made again unless a handler runs.
inline constexpr std::int64_t restart_without_handler = -514;
/// ERESTART_RESTARTBLOCK: the kernel that broke it off alone knows how to go on.
inline constexpr std::int64_t restart_by_kernel = -516;

/// From ERESTARTSYS to ERESTART_RESTARTBLOCK.
constexpr bool is_broken_off(std::int64_t result) {
    return result <= -512 && result >= restart_by_kernel;
}

}  // namespace openmosix
