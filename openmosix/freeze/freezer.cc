// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/freezer.h"

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "freeze/call_reentry.h"
#include "freeze/gathering.h"
#include "freeze/interrupted_transfer.h"
#include "freeze/own_fault.h"
#include "tracee/agent.h"
#include "tracee/kernel_result.h"

namespace openmosix {

namespace {

/// The functions that read clocks are shorter.
constexpr int max_steps = 2000;
/// A process can send signals to itself for ever, also from its handlers.
constexpr int max_stops = 200;

bool is_in_call(const Registers& registers) {
    return registers.call_number() >= 0;
}

/// Lets the kernel make a call again that was interrupted, unless a handler runs first. False when there is none.
bool make_again(Registers& registers) {
    const bool is_interrupted = is_in_call(registers) && registers.result() == -EINTR;
    if (is_interrupted) {
        registers.set_result(restart_without_handler);
    }
    return is_interrupted;
}

/// Whether a signal comes before the program's next instruction. It has to be seen before the process leaves: from home
/// it would reach the program some instructions later. What the mask of an interrupted call blocks (epoll_pwait(2))
/// comes after the call: taken here, it would end the call.
bool has_signal_to_take(const Tracee& tracee) {
    const std::uint64_t coming = read_dispositions(tracee.pid()).coming();
    const Registers registers = tracee.registers();
    if (coming == 0 || !is_waiting_call(registers)) {
        return coming != 0;
    }
    return (coming & ~mask_of_waiting_call(tracee, registers).value_or(0)) != 0;
}

/// How leaving the clock code came out.
struct StepOut {
    enum class Kind : std::uint8_t {
        out,
        ended,
        /// It would not end.
        too_long,
        /// The process stands before the delivery of this signal, still within the code.
        signal,
    };
    Kind kind = Kind::out;
    int signal = 0;
};

/// Steps out of the vDSO's clock code. Signals wait meanwhile, but for SIGSTOP, which cannot, and for those of faults:
/// the kernel would take the program's handler away from one that is blocked (force_sig_info_to_task() of
/// kernel/signal.c).
StepOut step_out(Tracee& tracee, const Vdso& vdso) {
    const auto is_out = [&] { return !vdso.is_in_clock_code(tracee.registers().instruction_pointer()); };
    if (is_out()) {
        return {};
    }
    const std::uint64_t mask = tracee.signal_mask();
    tracee.set_signal_mask(all_signals_wait & (mask | ~fault_signals));
    StepOut result{StepOut::Kind::too_long};
    for (int step = 0; step < max_steps && result.kind == StepOut::Kind::too_long; ++step) {
        tracee.step();
        const Stop stop = tracee.wait();
        if (stop.kind == Stop::Kind::ended) {
            return {StepOut::Kind::ended};
        }
        const bool is_step = stop.signal == SIGTRAP && tracee.signal_info().si_code > SI_USER;
        if (stop.kind == Stop::Kind::signal && !is_step) {
            result = {StepOut::Kind::signal, stop.signal};
        } else if (is_out()) {
            result.kind = StepOut::Kind::out;
        }
    }
    tracee.set_signal_mask(mask);
    return result;
}

/// Takes a process at the entry of a system call back to before it. False when the process has ended.
bool take_back_call(Tracee& tracee) {
    Registers before = tracee.registers();
    before.repeat_call(before.call_number());
    return settle(tracee, before);
}

}  // namespace

Frozen freeze(Tracee& tracee, const Vdso& vdso, const HeldBack& held_back) {
    const auto resume = [&](int signal) { held_back ? tracee.run_to_call(signal) : tracee.run(signal); };
    tracee.interrupt();
    if (!tracee.is_running()) {
        resume(0);
    }
    for (int stops = 0; stops < max_stops; ++stops) {
        Stop stop = tracee.wait();
        if (stop.kind == Stop::Kind::interrupted) {
            stop = finish_transfer(tracee).value_or(stop);
        }
        if (stop.kind == Stop::Kind::call && held_back && tracee.is_at_call_entry() && held_back(tracee.registers())) {
            if (!take_back_call(tracee)) {
                return Frozen::ended;
            }
            stop.kind = tracee.is_group_stopped() ? Stop::Kind::group : Stop::Kind::interrupted;
        }
        switch (stop.kind) {
            case Stop::Kind::ended:
                return Frozen::ended;
            case Stop::Kind::group:
                return Frozen::stopped;
            case Stop::Kind::signal:
                hide_interruption(tracee, stop);
                // Any other stop takes the place of the one that was asked for (ptrace(2), PTRACE_INTERRUPT).
                tracee.interrupt();
                resume(stop.signal);
                break;
            case Stop::Kind::call:
                // Asked again at the exit of a call, a process would stop before the signal that has ended the call.
                if (tracee.is_at_call_entry() || !has_signal_to_take(tracee)) {
                    tracee.interrupt();
                }
                resume(0);
                break;
            case Stop::Kind::seccomp:
            case Stop::Kind::exec:
                tracee.interrupt();
                resume(0);
                break;
            case Stop::Kind::interrupted:
                // Out of the clock code before it takes a signal, whose handler would return there.
                if (const StepOut left = has_own_fault(tracee) ? StepOut() : step_out(tracee, vdso);
                    left.kind == StepOut::Kind::ended) {
                    return Frozen::ended;
                } else if (left.kind == StepOut::Kind::signal) {
                    tracee.interrupt();
                    resume(left.signal);
                    break;
                } else if (left.kind == StepOut::Kind::too_long) {
                    hide_interruption(tracee, stop);
                    resume(0);
                    return Frozen::busy;
                }
                if (!has_own_fault(tracee) && !has_signal_to_take(tracee)) {
                    return Frozen::yes;
                }
                hide_interruption(tracee, stop);
                if (!reenter_masked_call(tracee)) {
                    return Frozen::ended;
                }
                resume(0);
                break;
        }
    }
    return Frozen::busy;
}

bool settle(Tracee& tracee, const Registers& registers) {
    Registers quiet = registers;
    quiet.forget_call();
    tracee.set_registers(quiet);
    const std::uint64_t mask = tracee.signal_mask();
    tracee.set_signal_mask(all_signals_wait);
    tracee.interrupt();
    tracee.run();
    for (;;) {
        const Stop stop = tracee.wait();
        if (stop.kind == Stop::Kind::ended) {
            return false;
        }
        if (stop.kind == Stop::Kind::interrupted || stop.kind == Stop::Kind::group) {
            break;
        }
        tracee.run(stop.kind == Stop::Kind::signal ? stop.signal : 0);
        tracee.interrupt();
    }
    tracee.set_signal_mask(mask);
    tracee.set_registers(registers);
    return true;
}

void hide_interruption(Tracee& tracee, const Stop& stop) {
    Registers registers = tracee.registers();
    if (!make_again(registers)) {
        return;
    }
    if (stop.kind == Stop::Kind::call) {
        // The kernel's look at the result may be over when nothing comes any more.
        tracee.interrupt();
    } else {
        tracee.set_registers(registers);
    }
}

void let_go(Tracee& tracee) {
    if (!tracee.stop()) {
        return;
    }
    Registers registers = tracee.registers();
    if (make_again(registers)) {
        if (tracee.undelivered() != 0) {
            tracee.set_registers(registers);
        } else if (!settle(tracee, registers)) {
            return;
        }
    }
    if (tracee.undelivered() == 0 && !reenter_masked_call(tracee)) {
        return;
    }
    tracee.release(tracee.undelivered());
}

Registers movable_registers(const Tracee& tracee, bool& waits) {
    Registers registers = tracee.registers();
    waits = is_in_call(registers) && registers.result() == restart_by_kernel;
    make_again(registers);
    return registers;
}

}  // namespace openmosix
