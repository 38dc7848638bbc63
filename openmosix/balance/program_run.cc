// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance/program_run.h"

#include <algorithm>

#include "balance/yardstick.h"

namespace openmosix::balance {
namespace {

constexpr Instant min_pause = std::chrono::milliseconds(250);
constexpr int looks_per_age = 4;
/// Rates say nothing about a program that has done less, in standard processor seconds.
constexpr double min_work_for_rates = 0.001;

double ratio(std::uint32_t speed) {
    return static_cast<double>(speed) / standard_speed;
}

}  // namespace

Instant ProgramRun::next_look() const {
    return last_.time + std::max(min_pause, (last_.time - start_.time) / looks_per_age);
}

void ProgramRun::look(const ProgramUse& use) {
    const double seconds = to_seconds(use.time - last_.time);
    if (seconds > 0 && !use.is_traced) {
        const double counted = counted_elsewhere_ - counted_at_look_;
        const double used = to_seconds(use.processor_time - last_.processor_time) - counted;
        seconds_here_ += seconds;
        runnable_seconds_ += use.is_runnable ? seconds : std::clamp(used, 0.0, seconds);
    }
    pages_ = std::max(pages_, use.pages);
    counted_at_look_ = counted_elsewhere_;
    last_ = use;
}

void ProgramRun::add_elsewhere(Instant processor_time, std::uint32_t speed, Instant counted) {
    work_elsewhere_ += to_seconds(processor_time) * ratio(speed);
    counted_elsewhere_ += to_seconds(counted);
}

ProgramNeeds ProgramRun::needs(Instant now, const ProgramNeeds& known) const {
    const double looked_at = to_seconds(last_.time - start_.time);
    const double all_seconds = std::max(to_seconds(now - start_.time), looked_at);
    const double used = to_seconds(last_.processor_time - start_.processor_time) - counted_at_look_;
    double here = std::max(used, 0.0);
    if (work_elsewhere_ <= 0) {
        // Since the last look it goes on as before; without one it may have computed all the time.
        const double rate = looked_at > 0 ? std::min(here / looked_at, 1.0) : 1;
        here += rate * (all_seconds - looked_at);
    }
    ProgramNeeds needs{.work = here * ratio(speed_) + work_elsewhere_, .pages = pages_ > 0 ? pages_ : known.pages};
    needs.demand = seconds_here_ > 0 ? runnable_seconds_ / seconds_here_ : known.demand;
    if (needs.work >= min_work_for_rates && looked_at > 0) {
        const double seen = all_seconds / looked_at / needs.work;
        needs.calls_per_work = static_cast<double>(last_.calls - std::min(last_.calls, start_.calls)) * seen;
        needs.call_bytes_per_work =
            static_cast<double>(last_.call_bytes - std::min(last_.call_bytes, start_.call_bytes)) * seen;
    }
    return needs;
}

}  // namespace openmosix::balance
