// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
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

/// What a clock and its coarse twin show, in nanoseconds. The coarse one lags by up to a tick (clock_gettime(2),
/// CLOCK_MONOTONIC_COARSE and CLOCK_REALTIME_COARSE).
struct ClockReading {
    std::int64_t fine = 0;
    std::int64_t coarse = 0;

    static void fields(auto& self, auto&& visit) {
        visit("fine", self.fine);
        visit("coarse", self.coarse);
    }
};

constexpr bool is_uptime(const ClockReading& reading) {
    return is_uptime(reading.fine) && is_uptime(reading.coarse);
}

/// The same clock seen where it is `ahead` of ours.
constexpr ClockReading operator+(const ClockReading& reading, std::int64_t ahead) {
    return {reading.fine + ahead, reading.coarse + ahead};
}

/// Clocks that are to show `wanted`, uptimes, and show `now`: how long until both do, 0 when it is later already; -1
/// when that is longer than `longest`, so that nobody waits for whatever another says.
constexpr std::int64_t time_to_catch_up(const ClockReading& wanted, const ClockReading& now, std::int64_t longest) {
    const std::int64_t early = std::max({wanted.fine - now.fine, wanted.coarse - now.coarse, std::int64_t{0}});
    return early <= longest ? early : -1;
}

/// By how much the clocks of two nodes that once were set to each other may be apart after `elapsed` nanoseconds: each
/// is off by what its oscillator is off, and may be slewed by 500 parts per million (adjtimex(2), ntp_adjtime's limit).
/// Together with the time that a message may be on its way.
constexpr std::int64_t max_drift(std::int64_t elapsed) {
    constexpr std::int64_t parts = 500;
    constexpr std::int64_t on_its_way = 1'000'000'000;
    return on_its_way + elapsed / parts;
}

}  // namespace openmosix
