// SPDX-License-Identifier: GPL-2.0-or-later
// What a process uses of processors on other nodes, which the kernel here is to count as its own.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "calls/system_call_table.h"
#include "clocks/clock_difference.h"
#include "clocks/read_clock.h"
#include "freeze/processor_time.h"
#include "procfs/process_stat.h"
#include "supervisor/home_supervisor.h"

namespace openmosix {

namespace {

constexpr std::chrono::milliseconds pause_between_states{500};

}  // namespace

void HomeSupervisor::begin_account() {
    if (left_first_at_ == 0) {
        left_first_at_ = read_clock(CLOCK_BOOTTIME);
        start_time_ = read_process_stat(options_.pid).start_time;
    }
}

std::uint64_t HomeSupervisor::time_at_home() const {
    clockid_t clock = 0;
    const std::uint64_t all = ::clock_getcpuclockid(options_.pid, &clock) == 0
                                  ? static_cast<std::uint64_t>(read_clock(clock))
                                  : processor_time_of(options_.pid);
    return all - std::min(all, account_.counted().sum());
}

void HomeSupervisor::set_used_elsewhere(const UsedTime& used) {
    // It has one thread there, which cannot have used more than the time that has passed.
    const std::int64_t passed = read_clock(CLOCK_BOOTTIME) - left_first_at_;
    account_.set_used(used, static_cast<std::uint64_t>(passed + max_drift(passed)));
    state_.elsewhere = account_.used();
}

void HomeSupervisor::handle_processor_time(const UsedTime& used) {
    set_used_elsewhere(used);
    const auto now = std::chrono::steady_clock::now();
    if (now - elsewhere_written_ >= pause_between_states) {
        elsewhere_written_ = now;
        state_file_.write(state_);
    }
    // The result of a call that says the time is to be of before, as the guest has not heard of anything else.
    must_count_after_call_ = deputy_->is_in_call() && !is_restarted_call_ && has_class(CallClass::accounting);
    if (!must_count_after_call_) {
        count_when_due();
    }
}

void HomeSupervisor::count_after_call() {
    if (std::exchange(must_count_after_call_, false)) {
        count_when_due();
    }
}

void HomeSupervisor::count_when_due() {
    if (account_.is_due(std::chrono::steady_clock::now()) && count_time_elsewhere()) {
        tell_counted();
    }
}

bool HomeSupervisor::count_last_time_elsewhere() {
    return account_.is_due_at_end(std::chrono::steady_clock::now()) && count_time_elsewhere();
}

bool HomeSupervisor::count_time_elsewhere() {
    const UsedTime more = account_.uncounted();
    const auto result =
        time_client_.ask({.pid = options_.pid, .start_time = start_time_, .user = more.user, .system = more.system});
    return account_.take(result, std::chrono::steady_clock::now());
}

void HomeSupervisor::tell_counted() {
    peer_->send(TimeCounted{account_.counted()});
}

bool HomeSupervisor::has_class(CallClass call_class) const {
    const SystemCall* call = find_system_call(agent_->abi(), request_.number);
    return call != nullptr && call->call_class == call_class;
}

}  // namespace openmosix
