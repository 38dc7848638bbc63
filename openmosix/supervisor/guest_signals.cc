// SPDX-License-Identifier: GPL-2.0-or-later
// Signals that home sends to a guest, and those that its body raises.
#include <algorithm>

#include "freeze/gathering.h"
#include "signals/default_action.h"
#include "signals/queue_signal.h"
#include "signals/signal_info.h"
#include "supervisor/guest_supervisor.h"

namespace openmosix {

namespace {

bool is_raised_by_itself(const siginfo_t& info) {
    // A fault of the program's own: the kernel says where, and there is no sender.
    return info.si_code > 0 && (info.si_signo == SIGSEGV || info.si_signo == SIGBUS || info.si_signo == SIGFPE ||
                                info.si_signo == SIGILL || info.si_signo == SIGTRAP || info.si_signo == SIGSYS);
}

}  // namespace

void GuestSupervisor::handle_signal_stop(int signal) {
    Tracee& tracee = body_->tracee();
    if (!restore_info(signal) && is_raised_by_itself(tracee.signal_info()) &&
        (read_dispositions(body_->pid()).caught >> (signal - 1) & 1U) == 0) {
        // It would end here. At home it ends the same way, and its parent sees it.
        home_->send(Ended{static_cast<std::uint32_t>(signal)});
        state_ = State::done;
        return;
    }
    if (interrupted_) {
        Registers registers = at_call_;
        registers.set_result(*interrupted_);
        tracee.set_registers(registers);
        interrupted_.reset();
    }
    tracee.run(signal);
}

bool GuestSupervisor::restore_info(int signal) {
    const auto info = sent_.take(signal);
    if (info) {
        body_->tracee().set_signal_info(*info);
    }
    return info.has_value();
}

void GuestSupervisor::deliver(const Bytes& bytes) {
    if (bytes.size() != sizeof(siginfo_t)) {
        throw PeerError("home sent a signal that is none");
    }
    const siginfo_t info = signal_info_from(bytes);
    if (info.si_signo < 1 || info.si_signo > 64 || info.si_signo == SIGKILL || info.si_signo == SIGSTOP) {
        throw PeerError("home sent signal " + std::to_string(info.si_signo));
    }
    const pid_t body = body_->pid();
    const bool is_pending = (read_dispositions(body).pending >> (info.si_signo - 1) & 1U) != 0;
    if (!sent_.add(info, is_pending, is_being_delivered(body, info.si_signo))) {
        return;
    }
    siginfo_t plain{};
    plain.si_signo = info.si_signo;
    plain.si_code = SI_TKILL;
    queue_signal(body, plain);
}

}  // namespace openmosix
