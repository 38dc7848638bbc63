// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/move_costs.h"

#include "balance/tuning.h"

namespace openmosix::balance {
namespace {

/// Below this many bytes the time of a transfer says nothing about the bandwidth.
constexpr std::uint64_t min_transfer = std::uint64_t{1} << 20U;

}  // namespace

void MoveCosts::Mean::take(double measured) {
    if (measured > 0) {
        value += (measured - value) * (is_measured ? tuning::measurement_weight : 1);
        is_measured = true;
    }
}

double MoveCosts::initial_freeze() {
    return to_seconds(tuning::first_freeze);
}

double MoveCosts::initial_bandwidth() {
    return tuning::first_bandwidth;
}

double MoveCosts::initial_placement() {
    return to_seconds(tuning::first_placement_cost);
}

double MoveCosts::initial_call() {
    return to_seconds(tuning::first_call_latency);
}

void MoveCosts::observe_move(Instant freeze, std::uint64_t bytes, Instant transfer) {
    freeze_.take(to_seconds(freeze));
    if (bytes >= min_transfer && transfer > Instant::zero()) {
        bandwidth_.take(static_cast<double>(bytes) / to_seconds(transfer));
    }
}

void MoveCosts::observe_placement(Instant delay) {
    placement_.take(to_seconds(delay));
}

void MoveCosts::observe_call(Instant latency) {
    call_.take(to_seconds(latency));
}

double MoveCosts::move_seconds(std::uint32_t pages) const {
    return freeze_.value + tuning::stall_share * static_cast<double>(pages) * page_size / bandwidth_.value;
}

double MoveCosts::call_seconds(const ProcessState& process) const {
    return process.calls_per_second * call_.value + process.call_bytes_per_second / bandwidth_.value;
}

}  // namespace openmosix::balance
