// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that go on, or are entered again, when their process has come home.
#include <cerrno>

#include "calls/waiting_mask.h"
#include "freeze/call_reentry.h"
#include "freeze/gathering.h"
#include "supervisor/home_supervisor.h"
#include "tracee/kernel_result.h"

namespace openmosix {

void HomeSupervisor::take_over_call(ProcessImage& image, std::vector<siginfo_t>& signals) {
    // A sleep that went on while its program travelled: what it gave, or how the kernel goes on with it here.
    std::int64_t value = last_value_;
    const bool was_in_call = deputy_->is_in_call();
    if (!was_in_call) {
        // Its result crossed the process on the way.
        signals = last_signals_;
    }
    std::vector<Deputy::Event> events;
    deputy_->halt(events);
    for (const Deputy::Event& event : events) {
        value = event.kind == Deputy::Event::Kind::call_ended ? event.value : value;
        signals.insert(signals.end(), event.signals.begin(), event.signals.end());
        if (event.kind == Deputy::Event::Kind::ended) {
            where_ = Where::done;
            return;
        }
    }
    if (was_in_call) {
        keep_what_is_left(value);
    }
    if (value == -EINTR) {
        // Whether these signals end the call, or wait as its own mask blocks them, is decided when they are here.
        value = restart_without_handler;
    }
    Registers& registers = image.thread.registers;
    if (!is_broken_off(value)) {
        registers.forget_call();
    }
    registers.set_result(value);
}

bool HomeSupervisor::must_decide_about_signals(const Registers& registers) const {
    const bool decides_itself = registers.result() == restart_always ||
                                waits_for_signals(registers.abi, static_cast<std::uint32_t>(registers.call_number()));
    return decides_itself && read_dispositions(options_.pid).coming() != 0;
}

bool HomeSupervisor::reenter_interrupted_call(const Registers& registers) {
    if (!is_interrupted_call(registers) || tracee_->is_group_stopped()) {
        return false;
    }
    if (read_dispositions(options_.pid).coming() != 0 && !must_decide_about_signals(registers)) {
        // The signals that have interrupted it are here: by the result the kernel knows what becomes of it.
        return false;
    }
    if (!reenter_call(*tracee_, registers)) {
        where_ = Where::done;
        return false;
    }
    return true;
}

}  // namespace openmosix
