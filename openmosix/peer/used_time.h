// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>

namespace openmosix {

/// Nanoseconds of a processor's time that a process has used, as the kernel divides it (getrusage(2)).
struct UsedTime {
    std::uint64_t user = 0;
    std::uint64_t system = 0;

    [[nodiscard]] constexpr std::uint64_t sum() const { return user + system; }
    bool operator==(const UsedTime&) const = default;

    static void fields(auto& self, auto&& visit) {
        visit("user", self.user);
        visit("system", self.system);
    }
};

/// As much as a century of one processor: what another node says of a time is taken for no more, so that sums of a few
/// such times do not overflow.
inline constexpr std::uint64_t max_used_time = std::uint64_t{100} * 365 * 86'400 * 1'000'000'000;

constexpr UsedTime operator+(const UsedTime& one, const UsedTime& other) {
    return {one.user + other.user, one.system + other.system};
}

/// What of `all` is not in `part`; never negative.
constexpr UsedTime without(const UsedTime& all, const UsedTime& part) {
    return {all.user - std::min(all.user, part.user), all.system - std::min(all.system, part.system)};
}

/// No less than `before` and, where it says more, no more than `most` together.
constexpr UsedTime grown(const UsedTime& before, const UsedTime& now, std::uint64_t most) {
    const std::uint64_t left = most - std::min(most, before.sum());
    const std::uint64_t user = std::min(now.user - std::min(now.user, before.user), left);
    const std::uint64_t system = std::min(now.system - std::min(now.system, before.system), left - user);
    return before + UsedTime{user, system};
}

}  // namespace openmosix
