// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace openmosix {

/// What another node may say that its clocks show, in nanoseconds: CLOCK_MONOTONIC and CLOCK_BOOTTIME less than 36
/// years, CLOCK_REALTIME before 2116. Sums and differences of three such times fit into 64 bits.
inline constexpr std::int64_t latest_uptime = std::int64_t{1} << 60U;
inline constexpr std::int64_t latest_wall_clock = std::int64_t{1} << 62U;

constexpr bool is_uptime(std::int64_t nanoseconds) {
    return nanoseconds >= 0 && nanoseconds <= latest_uptime;
}

constexpr bool is_wall_clock(std::int64_t nanoseconds) {
    return nanoseconds >= 0 && nanoseconds <= latest_wall_clock;
}

/// A clock that is to show `wanted`, an uptime, and shows `now`: how long until it does, 0 when it is later already; -1
/// when that is longer than a message can have been on its way, so that nobody waits for what another says.
constexpr std::int64_t time_to_catch_up(std::int64_t wanted, std::int64_t now) {
    constexpr std::int64_t longest = 1'000'000'000;
    if (wanted <= now) {
        return 0;
    }
    return wanted - now <= longest ? wanted - now : -1;
}

}  // namespace openmosix
