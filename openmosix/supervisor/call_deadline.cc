// SPDX-License-Identifier: GPL-2.0-or-later
// Timeouts of calls that are made again, because of a move or of a signal that the program does not see.
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

#include "calls/call_timeout.h"
#include "clocks/read_clock.h"
#include "freeze/call_reentry.h"
#include "freeze/freezer.h"
#include "freeze/gathering.h"
#include "supervisor/home_supervisor.h"
#include "tracee/kernel_result.h"
#include "tracee/taken_descriptor.h"

namespace openmosix {

namespace {

constexpr std::int64_t nanoseconds_per_millisecond = 1'000'000;
/// The kernel's own timeout, which is exact, comes first where it has not begun anew.
constexpr std::int64_t slack = 2 * nanoseconds_per_millisecond;

ReadArgument reader_of(const CallRequest& request) {
    return [&request](std::size_t argument, std::span<std::uint8_t> bytes) {
        const auto found = std::ranges::find_if(request.relocations, [argument](const CallRequest::Relocation& each) {
            return each.is_argument && each.place == argument;
        });
        if (found == request.relocations.end() || found->target > request.input.size() ||
            bytes.size() > request.input.size() - found->target) {
            return false;
        }
        const auto begin = request.input.begin() + static_cast<std::ptrdiff_t>(found->target);
        std::copy(begin, begin + static_cast<std::ptrdiff_t>(bytes.size()), bytes.begin());
        return true;
    };
}

/// Returns the time that a socket of the process says calls wait at it; 0: without end, or it is no socket.
std::int64_t socket_timeout(pid_t pid, const SocketWait& wait) {
    try {
        const auto socket = take_descriptor(pid, wait.descriptor);
        timeval time{};
        socklen_t size = sizeof time;
        if (::getsockopt(socket.number(), SOL_SOCKET, wait.option, &time, &size) != 0) {
            return 0;
        }
        return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::int64_t>(time.tv_usec) * 1000;
    } catch (const std::system_error&) {
        return 0;
    }
}

}  // namespace

void HomeSupervisor::set_deadline() {
    deadline_.reset();
    has_expired_ = false;
    call_begin_ = waiting_since_.value_or(read_clock(CLOCK_MONOTONIC));
    const auto timeout = find_call_timeout(agent_->abi(), request_.number, request_.arguments, reader_of(request_));
    if (timeout) {
        deadline_ = {call_begin_ + timeout->nanoseconds, timeout->expired};
    } else if (waiting_since_) {
        set_socket_deadline();
    }
}

void HomeSupervisor::set_socket_deadline() {
    if (deadline_ || is_restarted_call_) {
        return;
    }
    const auto wait = find_socket_wait(agent_->abi(), request_.number, request_.arguments, reader_of(request_));
    const std::int64_t timeout = wait ? socket_timeout(options_.pid, *wait) : 0;
    if (timeout > 0) {
        deadline_ = {call_begin_ + timeout, wait->expired};
    }
}

int HomeSupervisor::time_to_deadline(int limit) const {
    const bool goes_on = where_ == Where::finishing_call || (where_ == Where::away && deputy_ && deputy_->is_in_call());
    if (!deadline_ || has_expired_ || !goes_on) {
        return limit;
    }
    const std::int64_t left = deadline_->at + slack - read_clock(CLOCK_MONOTONIC);
    return static_cast<int>(std::clamp<std::int64_t>(left / nanoseconds_per_millisecond + 1, 0, limit));
}

void HomeSupervisor::check_deadline() {
    const bool goes_on = where_ == Where::finishing_call || (where_ == Where::away && deputy_ && deputy_->is_in_call());
    if (!goes_on || !deadline_ || has_expired_ || read_clock(CLOCK_MONOTONIC) < deadline_->at + slack) {
        return;
    }
    has_expired_ = true;
    if (where_ == Where::away) {
        deputy_->interrupt_call();
    } else {
        tracee_->interrupt();
    }
}

void HomeSupervisor::forget_deadline_of_ended_call(const Stop& stop) {
    if (!deadline_) {
        return;
    }
    if (stop.kind == Stop::Kind::signal) {
        // Its handler ends the call.
        if (read_dispositions(options_.pid).catches(stop.signal)) {
            deadline_.reset();
        }
    } else if (!tracee_->is_at_call_entry() && !is_waiting_call(tracee_->registers())) {
        deadline_.reset();
    }
}

void HomeSupervisor::begin_finishing_call() {
    where_ = Where::finishing_call;
    has_expired_ = false;
    tracee_->run_to_call();
}

void HomeSupervisor::end_finishing_call(int signal) {
    deadline_.reset();
    where_ = Where::at_home;
    if (next_) {
        tracee_->run(signal);
        leave_again();
        return;
    }
    tracee_->release(signal);
    tracee_.reset();
}

void HomeSupervisor::handle_finishing(const Stop& stop) {
    int signal = 0;
    switch (stop.kind) {
        case Stop::Kind::ended:
            where_ = Where::done;
            return;
        case Stop::Kind::group:
            tracee_->listen();
            return;
        case Stop::Kind::signal:
            if (read_dispositions(options_.pid).catches(stop.signal)) {
                // Its handler ends the call.
                end_finishing_call(stop.signal);
                return;
            }
            hide_interruption(*tracee_, stop);
            signal = stop.signal;
            break;
        case Stop::Kind::call:
            if (!tracee_->is_at_call_entry()) {
                const std::int64_t result = tracee_->registers().result();
                if (!is_broken_off(result) && result != -EINTR) {
                    end_finishing_call(0);
                    return;
                }
                hide_interruption(*tracee_, stop);
            }
            break;
        case Stop::Kind::interrupted: {
            Registers registers = tracee_->registers();
            const bool is_waiting = is_waiting_call(registers);
            if (has_expired_ && is_waiting) {
                registers.set_result(deadline_->expired);
                registers.forget_call();
                tracee_->set_registers(registers);
                end_finishing_call(0);
                return;
            }
            hide_interruption(*tracee_, stop);
            if (next_ && is_waiting) {
                // Stopped, so that the call that goes on elsewhere is this one.
                where_ = Where::at_home;
                leave_again();
                return;
            }
            break;
        }
        case Stop::Kind::seccomp:
        case Stop::Kind::exec:
            break;
    }
    if (next_ || has_expired_) {
        // Any other stop takes the place of the one that was asked for (ptrace(2), PTRACE_INTERRUPT).
        tracee_->interrupt();
    }
    tracee_->run_to_call(signal);
}

}  // namespace openmosix
