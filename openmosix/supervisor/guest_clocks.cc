// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <string>

#include "calls/system_call_table.h"
#include "clocks/read_clock.h"
#include "freeze/processor_time.h"
#include "procfs/process_stat.h"
#include "supervisor/guest_supervisor.h"
#include "tracee/kernel_result.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::uint64_t microseconds_per_second = 1'000'000;
/// What times(2) counts (USER_HZ of the kernel's asm/param.h is 100).
constexpr std::uint64_t nanoseconds_per_tick = 10'000'000;
/// Of nanoseconds that a body has used: what home is told for.
constexpr std::uint64_t min_time_told = 5'000'000;
/// Of nanoseconds, when home's kernel is to say it at once.
constexpr std::uint64_t min_time_shown = nanoseconds_per_tick;

}  // namespace

void GuestSupervisor::set_wall_clock(std::int64_t ahead) {
    if (!is_wall_clock(ahead)) {
        throw PeerError("home's wall clock is out of range");
    }
    wall_clock_ahead_ = ahead;
    body_->clocks().set_wall_clock(ahead);
}

ClockReading GuestSupervisor::wall_clock() const {
    return read_monotonic() + (monotonic_ahead_ + wall_clock_ahead_);
}

void GuestSupervisor::call_clock(const std::string& name) {
    const ClockReading now = wall_clock();
    const std::size_t word = name.ends_with("64") ? 8 : word_size(at_call_.abi);
    std::uint64_t place = at_call_.argument(0);
    Bytes bytes;
    std::int64_t result = 0;
    if (name == "time") {
        // As the vDSO's, which reads the coarse clock.
        bytes = to_words({now.coarse / second}, word);
        result = now.coarse / second;
    } else if (name == "gettimeofday") {
        bytes = to_words({now.fine / second, now.fine % second / 1000}, word);
        const std::uint64_t zone = at_call_.argument(1);
        if (zone != 0 && !memory_->write(zone, Bytes(8))) {
            result = -EFAULT;
        }
    } else {
        std::int64_t value = 0;
        switch (static_cast<int>(at_call_.argument(0))) {
            case CLOCK_REALTIME:
                value = now.fine;
                break;
            case CLOCK_REALTIME_COARSE:
                value = now.coarse;
                break;
            case CLOCK_PROCESS_CPUTIME_ID:
            case CLOCK_THREAD_CPUTIME_ID:
                value = static_cast<std::int64_t>(time_.all(processor_time_of(body_->pid())));
                break;
            default:
                // The process's own clock has such a number as well (clock_getcpuclockid(3)).
                if (static_cast<int>(at_call_.argument(0)) < 0) {
                    tell_processor_time(min_time_shown);
                }
                forward();
                return;
        }
        place = at_call_.argument(1);
        bytes = to_words({value / second, value % second}, word);
    }
    if (place != 0 && !memory_->write(place, bytes)) {
        result = -EFAULT;
    }
    answer(at_call_, result);
}

void GuestSupervisor::read_processor_time() {
    const auto stat = find_process_stat(body_->pid());
    if (stat) {
        time_.set_body(processor_time_of(body_->pid()), stat->system_time * nanoseconds_per_tick);
    }
}

void GuestSupervisor::tell_processor_time(std::uint64_t least) {
    read_processor_time();
    const UsedTime elsewhere = time_.elsewhere();
    if (time_reports_.take(elsewhere, state_ == State::running, least, std::chrono::steady_clock::now())) {
        home_->send(ProcessorTime{elsewhere});
    }
}

void GuestSupervisor::tell_processor_time_when_due() {
    const auto next = time_reports_.next();
    const bool is_here = state_ == State::running || state_ == State::in_call;
    if (is_here && next && std::chrono::steady_clock::now() >= *next) {
        tell_processor_time(min_time_told);
    }
}

int GuestSupervisor::time_to_tell() const {
    const auto next = time_reports_.next();
    if (!next || (state_ != State::running && state_ != State::in_call)) {
        return -1;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - std::chrono::steady_clock::now());
    return static_cast<int>(std::max(left.count(), std::chrono::milliseconds::rep{0}));
}

std::int64_t GuestSupervisor::add_processor_time(std::int64_t result) {
    const SystemCall* call = find_system_call(at_call_.abi, static_cast<std::uint32_t>(at_call_.call_number()));
    if (call == nullptr || call->call_class != CallClass::accounting || is_error(result)) {
        return result;
    }
    const bool is_times = call->name == "times";
    const std::uint64_t place = at_call_.argument(is_times ? 0 : 1);
    const auto who = is_times ? RUSAGE_SELF : static_cast<int>(at_call_.argument(0));
    const std::size_t word = word_size(at_call_.abi);
    // Clock ticks for the user and the system, or seconds and microseconds of either.
    Bytes times((is_times ? 2 : 4) * word);
    if (place == 0 || who == RUSAGE_CHILDREN || !memory_->read(place, times)) {
        return result;
    }
    read_processor_time();
    // What home's kernel counts, counts for the process, and not for any of its threads.
    const UsedTime more = who == RUSAGE_THREAD ? time_.elsewhere() : time_.uncounted();
    // Without a sign, as home may have said anything.
    if (is_times) {
        times = to_words({word_in(times, 0, word) + more.user / nanoseconds_per_tick,
                          word_in(times, word, word) + more.system / nanoseconds_per_tick},
                         word);
    } else {
        const auto sum = [&](std::size_t first, std::uint64_t nanoseconds) {
            return word_in(times, first * word, word) * microseconds_per_second +
                   word_in(times, (first + 1) * word, word) + nanoseconds / 1000;
        };
        const std::uint64_t user = sum(0, more.user);
        const std::uint64_t system = sum(2, more.system);
        times = to_words({user / microseconds_per_second, user % microseconds_per_second,
                          system / microseconds_per_second, system % microseconds_per_second},
                         word);
    }
    return memory_->write(place, times) ? result : -EFAULT;
}

}  // namespace openmosix
