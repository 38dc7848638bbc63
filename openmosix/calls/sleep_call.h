// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "abi.h"

namespace openmosix {

/// How nanosleep(2) and clock_nanosleep(2) take their times.
struct SleepCall {
    /// Numbers of arguments, which point to a struct timespec: how long, and where what is left is written.
    std::size_t length_argument = 0;
    std::size_t rest_argument = 0;
    /// Of one half of that structure: four bytes only in i386's old calls.
    std::size_t word = 0;
    /// TIMER_ABSTIME: the length is a point in time, and nothing is left of it.
    bool is_until = false;
};

/// None when the call is no sleep. `flags` is its second argument.
std::optional<SleepCall> find_sleep_call(Abi abi, std::uint32_t number, std::uint64_t flags);

}  // namespace openmosix
