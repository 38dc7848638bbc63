// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace openmosix::monitor {

inline constexpr std::uint64_t milliseconds_per_second = 1000;

/// In at most five characters, rounded down: `950K`, `1023M`, `15.6G`.
std::string to_memory_text(std::uint64_t kilobytes);
/// In at most five characters: `9999`, `123K`, `45M`.
std::string to_short_number(std::uint64_t number);
/// How long, in at most six characters: `59s`, `12m05s`, `23h59m`, `12d`.
std::string to_duration_text(std::uint64_t seconds);

}  // namespace openmosix::monitor
