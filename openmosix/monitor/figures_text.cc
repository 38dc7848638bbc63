// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitor/figures_text.h"

#include <array>

namespace openmosix::monitor {

namespace {

std::string two_digits(std::uint64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::string to_memory_text(std::uint64_t kilobytes) {
    constexpr std::uint64_t step = 1024;
    constexpr std::uint64_t without_fraction = 100 * step;
    if (kilobytes < step) {
        return std::to_string(kilobytes) + 'K';
    }
    std::uint64_t below = kilobytes;
    for (const char unit : {'M', 'G', 'T'}) {
        const std::uint64_t whole = below / step;
        if (whole < step || unit == 'T') {
            const bool has_fraction = unit != 'M' && below < without_fraction;
            const std::uint64_t tenths = below % step * 10 / step;
            return std::to_string(whole) + (has_fraction ? '.' + std::to_string(tenths) : "") + unit;
        }
        below = whole;
    }
    return {};
}

std::string to_short_number(std::uint64_t number) {
    constexpr std::uint64_t step = 1000;
    constexpr std::uint64_t max_in_full = 9999;
    constexpr std::array<const char*, 6> units = {"", "K", "M", "G", "T", "P"};
    std::size_t unit = 0;
    while (number > max_in_full && unit + 1 < units.size()) {
        number /= step;
        ++unit;
    }
    return std::to_string(number) + units.at(unit);
}

std::string to_duration_text(std::uint64_t seconds) {
    constexpr std::uint64_t minute = 60;
    constexpr std::uint64_t hour = 60 * minute;
    constexpr std::uint64_t day = 24 * hour;
    if (seconds < minute) {
        return std::to_string(seconds) + 's';
    }
    if (seconds < hour) {
        return std::to_string(seconds / minute) + 'm' + two_digits(seconds % minute) + 's';
    }
    if (seconds < day) {
        return std::to_string(seconds / hour) + 'h' + two_digits(seconds % hour / minute) + 'm';
    }
    return std::to_string(seconds / day) + 'd';
}

}  // namespace openmosix::monitor
