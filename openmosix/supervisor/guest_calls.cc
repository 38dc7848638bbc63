// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "body/call_filter.h"
#include "calls/call_area_limit.h"
#include "calls/restarted_output.h"
#include "calls/system_call_table.h"
#include "freeze/gathering.h"
#include "signals/pending_signals.h"
#include "signals/signal_frame.h"
#include "supervisor/guest_supervisor.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"
#include "words.h"

namespace openmosix {

namespace {

/// Whether a path in a request leads to what /proc says of the process's own memory: home must have all of it then.
bool shows_address_space(const CallRequest& request, std::uint32_t pid) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    const std::string_view input(reinterpret_cast<const char*>(request.input.data()), request.input.size());
    for (const std::string& folder :
         {std::string("/proc/self/"), "/proc/" + std::to_string(pid) + "/", std::string("/proc/thread-self/")}) {
        for (const char* file : {"maps", "smaps", "pagemap", "mem", "numa_maps", "clear_refs", "map_files"}) {
            if (input.starts_with(folder + file)) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

void GuestSupervisor::handle_call() {
    Tracee& tracee = body_->tracee();
    at_call_ = tracee.registers();
    state_ = State::in_call;
    call_.reset();
    interrupted_.reset();
    const auto number = static_cast<std::uint32_t>(at_call_.call_number());
    const SystemCall* call = find_system_call(at_call_.abi, number);
    if (tracee.event_message() == call_of_other_abi) {
        go_home_for_call();
        return;
    }
    if (call == nullptr && is_newer_call(number)) {
        // Home's kernel may know it.
        go_home_for_call();
        return;
    }
    if (call == nullptr) {
        answer(at_call_, -ENOSYS);
        return;
    }
    switch (call->call_class) {
        case CallClass::local:
            call_natively();
            return;
        case CallClass::mapping:
            call_mapping(std::string(call->name));
            return;
        case CallClass::mask:
            if (returns_to_clock_code(*call)) {
                go_home_for_call();
            } else if (call_native()) {
                tell_mask();
            }
            return;
        case CallClass::action:
            if (call_native()) {
                tell_dispositions();
                go();
            }
            return;
        case CallClass::identity:
            call_identity(std::string(call->name));
            return;
        case CallClass::clock:
            call_clock(std::string(call->name));
            return;
        case CallClass::interval_timer:
            if (static_cast<int>(at_call_.argument(0)) == ITIMER_REAL) {
                forward();
            } else {
                call_natively();
            }
            return;
        case CallClass::exit:
            tell_processor_time(any_time);
            [[fallthrough]];
        case CallClass::signal_wait:
        case CallClass::accounting:
        case CallClass::forwarded:
            if (has_blocked_signals(*call)) {
                go_home_for_call();
            } else {
                forward();
            }
            return;
        case CallClass::futex:
        case CallClass::home:
            go_home_for_call();
            return;
        case CallClass::missing:
            answer(at_call_, -ENOSYS);
            return;
    }
}

bool GuestSupervisor::returns_to_clock_code(const SystemCall& call) const {
    const auto place = signal_return_place(call, at_call_, *memory_);
    return place && body_->vdso().is_in_clock_code(*place);
}

bool GuestSupervisor::call_native() {
    Tracee& tracee = body_->tracee();
    tracee.run_to_call();
    for (;;) {
        const Stop stop = tracee.wait();
        if (stop.kind == Stop::Kind::ended) {
            handle_stop(stop);
            return false;
        }
        if (stop.kind == Stop::Kind::call) {
            return true;
        }
        if (stop.kind == Stop::Kind::signal) {
            restore_info(stop.signal);
        }
        tracee.run_to_call(stop.kind == Stop::Kind::signal ? stop.signal : 0);
    }
}

void GuestSupervisor::answer(Registers registers, std::int64_t value) {
    registers.forget_call();
    registers.set_result(value);
    body_->tracee().set_registers(registers);
    if (is_called_home_) {
        leave(registers, false, false);
    } else {
        go();
    }
}

void GuestSupervisor::forward() {
    auto prepared = ForwardedCall::prepare(at_call_.abi, static_cast<std::uint32_t>(at_call_.call_number()),
                                           at_call_.arguments(), *memory_, call_area_limit());
    if (const auto* error = std::get_if<Errno>(&prepared)) {
        answer(at_call_, -error->number);
        return;
    }
    if (std::holds_alternative<NeedsHome>(prepared)) {
        go_home_for_call();
        return;
    }
    call_.emplace(std::move(std::get<ForwardedCall>(prepared)));
    if (shows_address_space(call_->request(), prepare_.pid)) {
        call_.reset();
        go_home_for_call();
        return;
    }
    told_mask_ = body_->tracee().signal_mask();
    // Of a signal that is pending already, home's kernel does not know when it lets the call wait.
    has_signal_in_call_ = has_signal_for_call();
    is_interrupting_ = has_signal_in_call_;
    Call message{++sequence_, told_mask_, has_signal_in_call_, std::exchange(is_continued_, false),
                 call_->take_request()};
    BufferParts::send(*home_, message.request.input);
    home_->send(message);
}

void GuestSupervisor::handle_result(Result result) {
    if (state_ != State::in_call || result.sequence != sequence_) {
        throw PeerError("unexpected result of a system call from home");
    }
    result.result.output = output_parts_.take(std::move(result.result.output));
    if (result.is_for_home) {
        is_interrupting_ = false;
        has_signal_in_call_ = false;
        go_home_for_call();
        return;
    }
    if (value_of_open_mask_) {
        for (const Bytes& info : result.signals) {
            deliver(info);
        }
        if (is_broken_off(result.result.value) && !is_called_home_) {
            collect_opened_signals();
        } else {
            const std::int64_t value_of_mask = *value_of_open_mask_;
            value_of_open_mask_.reset();
            answer(at_call_, value_of_mask);
        }
        return;
    }
    std::int64_t value = result.result.value;
    if (call_) {
        // The old limit may be wanted in the same place.
        const auto stack_limit = wanted_stack_limit();
        value = add_processor_time(call_->finish(result.result, *memory_));
        if (stack_limit && !is_error(value)) {
            body_->limit_stack(*stack_limit);
        }
    } else {
        write_restarted_outputs(result.writes);
    }
    for (const Bytes& info : result.signals) {
        deliver(info);
    }
    const bool has_signals = has_signal_in_call_ || !result.signals.empty();
    is_interrupting_ = false;
    has_signal_in_call_ = false;
    if (is_broken_off(value) || (value == -EINTR && has_signals)) {
        break_off(value, has_signals);
    } else {
        answer(at_call_, value);
    }
}

void GuestSupervisor::write_restarted_outputs(const std::vector<MemoryWrite>& writes) {
    const auto outputs = find_restarted_outputs(at_call_);
    for (const MemoryWrite& write : writes) {
        if (std::ranges::none_of(outputs, [&](const RestartedOutput& output) {
                return output.contains(write.address, write.content.size());
            })) {
            throw PeerError("home sent the output of another call");
        }
        // Where nothing is mapped, the kernel could not have written either.
        static_cast<void>(memory_->write(write.address, write.content));
    }
}

void GuestSupervisor::break_off(std::int64_t value, bool has_signals) {
    Tracee& tracee = body_->tracee();
    const bool is_final = value == -EINTR;
    if (is_called_home_) {
        Registers registers = at_call_;
        registers.set_result(is_final ? restart_without_handler : value);
        leave(registers, false, false);
        return;
    }
    if (value == restart_always || !has_signals || !has_signal_for_call()) {
        continue_call();
        return;
    }
    const auto mask = mask_of_call();
    if (mask) {
        // The signal is only let through while the call waits: the kernel here waits in its place, with the signal
        // there already, and runs the handler as it must (rt_sigsuspend(2)).
        const std::uint64_t place = body_->agent().address() + agent_area::entries_offset;
        if (!body_->memory().write(place, to_words({*mask}, sizeof *mask))) {
            throw std::runtime_error("its memory cannot be written (agent's area)");
        }
        Registers registers = at_call_;
        registers.set_call_number(call_numbers(at_call_.abi).rt_sigsuspend);
        registers.argument(0) = place;
        registers.argument(1) = sizeof *mask;
        interrupted_ = restart_without_handler;
        tracee.set_registers(registers);
        go();
        return;
    }
    if (is_final) {
        answer(at_call_, value);
        return;
    }
    // What the kernel does when the handler runs: the call ends with EINTR, or is made again after it (SA_RESTART).
    interrupted_ = value;
    Registers registers = at_call_;
    registers.repeat_call(at_call_.call_number());
    tracee.set_registers(registers);
    go();
}

void GuestSupervisor::continue_call() {
    if (sequence_ == 0) {
        // Only home's kernel knew how it goes on.
        answer(at_call_, -EINTR);
        return;
    }
    is_continued_ = true;
    handle_call();
}

bool GuestSupervisor::has_signal_for_call() const {
    const std::uint64_t pending = pending_signals(body_->pid());
    return pending != 0 && (pending & ~mask_of_call().value_or(told_mask_)) != 0;
}

void GuestSupervisor::tell_mask() {
    const std::uint64_t mask = body_->tracee().signal_mask();
    const bool opens = (told_mask_ & ~mask) != 0;
    tell_signals_seen();
    if (mask == told_mask_) {
        go();
    } else if (opens) {
        at_call_ = body_->tracee().registers();
        value_of_open_mask_ = at_call_.result();
        told_mask_ = mask;
        collect_opened_signals();
    } else {
        told_mask_ = mask;
        home_->send(Mask{mask});
        go();
    }
}

void GuestSupervisor::collect_opened_signals() {
    // What waited at home arrives before the call that lets it through is over (sigprocmask(2)): any call there shows
    // it.
    CallRequest request;
    request.number = static_cast<std::uint32_t>(call_numbers(at_call_.abi).getppid);
    home_->send(Call{++sequence_, told_mask_, false, false, request});
}

void GuestSupervisor::tell_dispositions() {
    const SignalDispositions now = read_dispositions(body_->pid());
    home_->send(Dispositions{now.caught, now.ignored, body_->child_flags()});
    tell_signals_seen();
}

}  // namespace openmosix
