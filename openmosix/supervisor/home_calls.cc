// SPDX-License-Identifier: GPL-2.0-or-later
// The calls that a process makes while it is away, as its deputy executes them.
#include <algorithm>
#include <ctime>
#include <utility>

#include "calls/partial_transfer.h"
#include "calls/restarted_output.h"
#include "calls/system_call_table.h"
#include "calls/waiting_mask.h"
#include "clocks/read_clock.h"
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
        send_home_for_call(call.sequence);
        return;
    }
    fallback_.reset();
    ++state_.calls;
    sequence_ = call.sequence;
    request_ = std::move(call.request);
    if (!call.is_continued) {
        waiting_since_.reset();
    }
    if (!call.is_continued || !deadline_) {
        set_deadline();
    }
    has_expired_ = false;
    if (!provide_area()) {
        send_home_for_call(sequence_);
        return;
    }
    take_sleep_rest();
    call_mask_ = call.mask;
    transferred_ = 0;
    Deputy::Entry entry = Deputy::Entry::plain;
    if (call.is_interrupted || (is_asked_home_ && !can_sleep_on())) {
        entry = Deputy::Entry::interrupted;
    } else if (waits_for_signals(agent_->abi(), request_.number)) {
        entry = Deputy::Entry::signals_blocked;
    }
    if (has_class(CallClass::exit) && count_last_time_elsewhere()) {
        tell_counted();
    }
    deputy_->execute(request_, call.mask, entry);
}

void HomeSupervisor::interrupt_call(std::uint64_t sequence) {
    if (held_call_ && held_call_->sequence == sequence) {
        held_call_->is_interrupted = true;
    } else if (sequence_ == sequence) {
        deputy_->interrupt_call();
    }
}

void HomeSupervisor::hold_call(Call call) {
    if (is_asked_home_) {
        turn_call_down(call);
    } else {
        held_call_ = std::move(call);
    }
}

void HomeSupervisor::turn_call_down(const Call& call) {
    // Nothing has been done, so there is no output.
    Result result;
    result.sequence = call.sequence;
    result.result.value = restart_always;
    // Where the result crosses the process on its way, this is what it comes home with (see take_over_call()).
    last_value_ = restart_always;
    last_signals_.clear();
    call_writes_.clear();
    if (!call.is_continued) {
        deadline_.reset();
    }
    peer_->send(result);
}

void HomeSupervisor::answer_call(std::int64_t value, const std::vector<siginfo_t>& signals) {
    value = result_of_transfer(std::exchange(transferred_, 0), value);
    Result result;
    result.sequence = sequence_;
    if (is_broken_off(value) && signals.empty()) {
        set_socket_deadline();
        value = has_expired_ && deadline_ ? deadline_->expired : value;
    }
    if (!is_broken_off(value)) {
        deadline_.reset();
    }
    // What our kernel keeps for going on with it does not leave this node.
    const std::int64_t sent = value == restart_by_kernel ? restart_without_handler : value;
    keep_what_is_left(value);
    if (is_restarted_call_) {
        result.result = {sent, {}};
        result.writes = call_writes_;
    } else {
        result.result = deputy_->result(request_, sent);
    }
    if (!is_restarted_call_) {
        state_.costs.called(read_clock(CLOCK_MONOTONIC) - call_begin_);
    }
    is_restarted_call_ = false;
    last_value_ = value;
    last_signals_ = signals;
    for (const siginfo_t& info : signals) {
        result.signals.push_back(to_bytes(info));
    }
    BufferParts::send(*peer_, result.result.output);
    peer_->send(result);
    count_after_call();
    release_area();
}

void HomeSupervisor::remember_restarted_outputs() {
    outputs_at_departure_.clear();
    for (const RestartedOutput& output : find_restarted_outputs(image_.thread.registers)) {
        MemoryWrite before{output.address, Bytes(output.size)};
        if (memory_->read(before.address, before.content)) {
            outputs_at_departure_.push_back(std::move(before));
        }
    }
}

std::vector<MemoryWrite> HomeSupervisor::written_outputs() const {
    // Nothing but the call writes to the deputy's memory.
    std::vector<MemoryWrite> writes;
    for (const MemoryWrite& before : outputs_at_departure_) {
        Bytes now(before.content.size());
        if (!memory_->read(before.address, now)) {
            continue;
        }
        const auto first = std::ranges::mismatch(before.content, now).in2;
        if (first == now.end()) {
            continue;
        }
        const auto last =
            std::ranges::mismatch(before.content.rbegin(), before.content.rend(), now.rbegin(), now.rend());
        writes.push_back({before.address + static_cast<std::uint64_t>(first - now.begin()), {first, last.in2.base()}});
    }
    return writes;
}

}  // namespace openmosix
