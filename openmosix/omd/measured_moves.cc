// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/measured_moves.h"

#include <chrono>
#include <utility>

#include "control/process_list.h"

namespace openmosix {

namespace {

using clusterdisc::Instant;

/// More is no measurement.
constexpr Instant max_freeze = std::chrono::minutes(1);
constexpr Instant max_transfer = std::chrono::hours(24);
constexpr Instant max_call = std::chrono::seconds(10);
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 48U;

Instant time_in(const nlohmann::json& state, const char* key, Instant max) {
    const std::chrono::nanoseconds most = max;
    return std::chrono::duration_cast<Instant>(
        std::chrono::nanoseconds(number_in(state, key, static_cast<std::uint64_t>(most.count()))));
}

}  // namespace

void MeasuredMoves::take(std::span<const nlohmann::json> states, balance::MoveCosts& costs) {
    std::map<pid_t, Taken> taken;
    for (const nlohmann::json& state : states) {
        const auto pid = state["pid"].get<pid_t>();
        Taken its{.moves = number_in(state, "moves")};
        const auto before = taken_.find(pid);
        if (before != taken_.end() && before->second.moves == its.moves) {
            its = before->second;
        }
        const Instant freeze = time_in(state, "freeze_nanoseconds", max_freeze);
        if (freeze > Instant::zero() && !std::exchange(its.has_freeze, true)) {
            costs.observe_move(freeze, 0, Instant::zero());
        }
        const Instant transfer = time_in(state, "transfer_nanoseconds", max_transfer);
        if (transfer > Instant::zero() && !std::exchange(its.has_transfer, true)) {
            costs.observe_move(Instant::zero(), number_in(state, "transfer_bytes", max_bytes), transfer);
        }
        const Instant call = time_in(state, "call_nanoseconds", max_call);
        if (call > Instant::zero() && !std::exchange(its.has_call, true)) {
            costs.observe_call(call);
        }
        taken.emplace(pid, its);
    }
    taken_ = std::move(taken);
}

}  // namespace openmosix
