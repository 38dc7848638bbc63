// SPDX-License-Identifier: GPL-2.0-or-later
// Signals that home sends to a guest, and those that its body raises.
#include <algorithm>

#include "calls/system_call_table.h"
#include "calls/waiting_mask.h"
#include "freeze/gathering.h"
#include "signals/default_action.h"
#include "signals/queue_signal.h"
#include "signals/signal_info.h"
#include "supervisor/guest_supervisor.h"

namespace openmosix {

namespace {

/// How often home is told that it need not keep the signals that it has sent: before it sends no more of them.
constexpr std::uint64_t signals_until_told = 64;

bool is_raised_by_itself(const siginfo_t& info) {
    // A fault of the program's own: the kernel says where, and there is no sender.
    return info.si_code > 0 && (info.si_signo == SIGSEGV || info.si_signo == SIGBUS || info.si_signo == SIGFPE ||
                                info.si_signo == SIGILL || info.si_signo == SIGTRAP || info.si_signo == SIGSYS);
}

}  // namespace

void GuestSupervisor::handle_signal_stop(int signal) {
    Tracee& tracee = body_->tracee();
    const bool is_own = !restore_info(signal) && is_raised_by_itself(tracee.signal_info());
    if (is_own && !read_dispositions(body_->pid()).catches(signal)) {
        // It would end here. At home it ends the same way, and its parent sees it.
        tell_processor_time(any_time);
        home_->send(Ended{static_cast<std::uint32_t>(signal)});
        state_ = State::done;
        return;
    }
    Registers registers = interrupted_ ? at_call_ : tracee.registers();
    if (interrupted_) {
        registers.set_result(*interrupted_);
    }
    tell_signals_seen();
    // Its handler would return to code that is not at home, to where the process may be going meanwhile.
    const bool was_in_clock_code = body_->clocks().step_back(registers);
    if (interrupted_ || was_in_clock_code) {
        tracee.set_registers(registers);
    }
    interrupted_.reset();
    tracee.run(signal);
}

void GuestSupervisor::send_to_body(const siginfo_t& info) {
    const pid_t body = body_->pid();
    const bool is_pending = (read_dispositions(body).pending >> (info.si_signo - 1) & 1U) != 0;
    if (sent_.add(info, is_pending, is_being_delivered(body, info.si_signo))) {
        siginfo_t plain{};
        plain.si_signo = info.si_signo;
        plain.si_code = SI_TKILL;
        queue_signal(body, plain);
    }
}

bool GuestSupervisor::restore_info(int signal) {
    const auto info = sent_.take(signal);
    if (info) {
        body_->tracee().set_signal_info(*info);
    }
    return info.has_value();
}

void GuestSupervisor::handle_signal(const Signal& message) {
    tell_signals_seen();
    ++signals_seen_;
    const int signal = deliver(message.info);
    // Called home, the call ends anyway, and so does the one that asks for opened signals.
    if (state_ == State::in_call && !value_of_open_mask_ && !is_called_home_) {
        interrupt_call(signal);
    }
}

void GuestSupervisor::tell_signals_seen() {
    const bool are_enough = signals_seen_ - told_signals_seen_ >= signals_until_told;
    if (are_enough && read_dispositions(body_->pid()).coming() == 0) {
        told_signals_seen_ = signals_seen_;
        home_->send(SignalsSeen{signals_seen_});
    }
}

void GuestSupervisor::halt_body() {
    while (state_ == State::running && !wants_to_run_) {
        body_->tracee().interrupt();
        const Stop stop = body_->tracee().wait();
        if (stop.kind == Stop::Kind::interrupted) {
            wants_to_run_ = true;
        } else {
            // It takes the place of the one that was asked for (ptrace(2), PTRACE_INTERRUPT).
            handle_stop(stop);
        }
    }
}

std::optional<std::uint64_t> GuestSupervisor::mask_of_call() const {
    return waiting_mask(at_call_.abi, static_cast<std::uint32_t>(at_call_.call_number()), at_call_.arguments(),
                        *memory_);
}

void GuestSupervisor::interrupt_call(int signal) {
    const std::uint64_t mask = mask_of_call().value_or(told_mask_);
    const bool runs_handler = (mask >> (signal - 1) & 1U) == 0;
    const SystemCall* call = find_system_call(at_call_.abi, static_cast<std::uint32_t>(at_call_.call_number()));
    const bool is_waited_for = call != nullptr && call->call_class == CallClass::signal_wait;
    has_signal_in_call_ = has_signal_in_call_ || runs_handler;
    if ((runs_handler || is_waited_for) && !is_interrupting_) {
        is_interrupting_ = true;
        home_->send(Interrupt{sequence_});
    }
}

bool GuestSupervisor::has_blocked_signals(const SystemCall& call) const {
    const bool is_about_signals = call.call_class == CallClass::signal_wait || mask_of_call().has_value();
    // Those of the body's own timers stay here otherwise.
    if (!is_about_signals && sent_.is_empty()) {
        return false;
    }
    return (read_dispositions(body_->pid()).pending & body_->tracee().signal_mask()) != 0;
}

int GuestSupervisor::deliver(const Bytes& bytes) {
    if (bytes.size() != sizeof(siginfo_t)) {
        throw PeerError("malformed siginfo from home");
    }
    const siginfo_t info = signal_info_from(bytes);
    if (info.si_signo < 1 || info.si_signo > 64 || info.si_signo == SIGKILL || info.si_signo == SIGSTOP) {
        throw PeerError("invalid signal " + std::to_string(info.si_signo) + " from home");
    }
    send_to_body(info);
    return info.si_signo;
}

}  // namespace openmosix
