// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/resource.h>

#include <cerrno>
#include <ctime>
#include <string>

#include "calls/system_call_table.h"
#include "clocks/read_clock.h"
#include "freeze/processor_time.h"
#include "supervisor/guest_supervisor.h"
#include "tracee/kernel_result.h"
#include "words.h"

namespace openmosix {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::uint64_t microseconds_per_second = 1'000'000;
/// What times(2) counts (USER_HZ of the kernel's asm/param.h is 100).
constexpr std::uint64_t nanoseconds_per_tick = 10'000'000;

}  // namespace

void GuestSupervisor::set_wall_clock(std::int64_t ahead) {
    if (!is_wall_clock(ahead)) {
        throw PeerError("home's clocks show what no clock does");
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
                value = processor_time();
                break;
            default:
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

std::uint64_t GuestSupervisor::processor_time_elsewhere() const {
    return time_elsewhere_ + processor_time_of(body_->pid());
}

std::int64_t GuestSupervisor::processor_time() const {
    return static_cast<std::int64_t>(time_at_home_ + processor_time_elsewhere());
}

std::int64_t GuestSupervisor::add_processor_time(std::int64_t result) {
    const SystemCall* call = find_system_call(at_call_.abi, static_cast<std::uint32_t>(at_call_.call_number()));
    if (call == nullptr || call->call_class != CallClass::accounting || is_error(result)) {
        return result;
    }
    const bool is_times = call->name == "times";
    const std::uint64_t place = at_call_.argument(is_times ? 0 : 1);
    const bool is_of_children = !is_times && static_cast<int>(at_call_.argument(0)) == RUSAGE_CHILDREN;
    const std::size_t word = word_size(at_call_.abi);
    Bytes times(2 * word);
    if (place == 0 || is_of_children || !memory_->read(place, times)) {
        return result;
    }
    // What little a body does in its kernel counts as its own time, too: system calls are made at home.
    const std::uint64_t elsewhere = processor_time_elsewhere();
    const std::uint64_t first = word_in(times, 0, word);
    if (is_times) {
        times = to_words({first + elsewhere / nanoseconds_per_tick}, word);
    } else {
        // Without a sign, as home may have said anything.
        const std::uint64_t microseconds =
            first * microseconds_per_second + word_in(times, word, word) + elsewhere / 1000;
        times = to_words({microseconds / microseconds_per_second, microseconds % microseconds_per_second}, word);
    }
    return memory_->write(place, times) ? result : -EFAULT;
}

}  // namespace openmosix
