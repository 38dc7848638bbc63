// SPDX-License-Identifier: GPL-2.0-or-later
// The calls that a process makes while it is away, as its deputy executes them.
#include <cstring>

#include "calls/restarted_output.h"
#include "signals/signal_info.h"
#include "supervisor/home_supervisor.h"
#include "tracee/kernel_result.h"

namespace openmosix {

// NOLINTNEXTLINE(misc-no-recursion): see handle_event()
void HomeSupervisor::execute_call(Call call) {
    std::vector<Deputy::Event> events;
    deputy_->halt(events);
    deputy_->stay_stopped(events);
    for (const Deputy::Event& event : events) {
        handle_event(event);
    }
    if (deputy_->is_stopped()) {
        hold_call(std::move(call));
        return;
    }
    if (where_ != Where::away) {
        return;
    }
    if (mapped_files_.are_changed_by(call.request, agent_->abi())) {
        Result result;
        result.sequence = call.sequence;
        result.is_for_home = true;
        peer_->send(result);
        return;
    }
    fallback_.reset();
    ++state_.calls;
    sequence_ = call.sequence;
    request_ = std::move(call.request);
    if (is_asked_home_ && !can_sleep_on()) {
        turn_call_down(sequence_);
        return;
    }
    take_sleep_rest();
    deputy_->execute(request_, call.mask);
}

void HomeSupervisor::interrupt_call(std::uint64_t sequence, std::vector<Deputy::Event>& events) {
    if (held_call_ && held_call_->sequence == sequence) {
        held_call_.reset();
        turn_call_down(sequence);
    } else if (deputy_->is_in_call() && sequence_ == sequence) {
        deputy_->halt(events);
        deputy_->stay_stopped(events);
    }
}

void HomeSupervisor::hold_call(Call call) {
    if (is_asked_home_) {
        turn_call_down(call.sequence);
    } else {
        held_call_ = std::move(call);
    }
}

void HomeSupervisor::turn_call_down(std::uint64_t sequence) {
    // The program makes it itself when it is here. Nothing has been done, so there is no output.
    Result result;
    result.sequence = sequence;
    result.result.value = restart_always;
    peer_->send(result);
}

void HomeSupervisor::answer_call(std::int64_t value, const std::vector<siginfo_t>& signals) {
    Result result;
    result.sequence = sequence_;
    // What our kernel keeps for going on with it does not leave this node.
    const std::int64_t sent = value == restart_by_kernel ? restart_without_handler : value;
    keep_what_is_left(value);
    result.result = is_restarted_call_ ? CallResult{sent, {}} : deputy_->result(request_, sent);
    if (is_restarted_call_) {
        result.result.output = restarted_output(value);
    }
    is_restarted_call_ = false;
    last_value_ = value;
    last_signals_ = signals;
    for (const siginfo_t& info : signals) {
        result.signals.push_back(to_bytes(info));
    }
    peer_->send(result);
}

Bytes HomeSupervisor::restarted_output(std::int64_t value) const {
    // The kernel wrote to the program's own memory at home, which is not where the program is.
    const auto place = find_restarted_output(image_.thread.registers);
    Bytes output;
    if (place && (value != 0 || !place->is_rest)) {
        output.resize(place->size);
        if (!memory_->read(place->address, output)) {
            output.clear();
        }
    }
    return output;
}

}  // namespace openmosix
