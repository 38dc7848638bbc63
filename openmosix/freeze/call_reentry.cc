// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/call_reentry.h"

#include <cerrno>

#include "calls/waiting_mask.h"
#include "memory/body_memory.h"
#include "signals/signal_info.h"
#include "tracee/agent.h"
#include "tracee/call_numbers.h"
#include "tracee/kernel_result.h"

namespace openmosix {

bool is_interrupted_call(const Registers& registers) {
    return registers.call_number() >= 0 && is_broken_off(registers.result());
}

bool is_waiting_call(const Registers& registers) {
    return is_interrupted_call(registers) || (registers.call_number() >= 0 && registers.result() == -EINTR);
}

bool is_same_call(const Registers& one, const Registers& other) {
    return one.call_number() == other.call_number() && one.arguments() == other.arguments() &&
           one.instruction_pointer() == other.instruction_pointer() && one.stack_pointer() == other.stack_pointer();
}

std::optional<std::uint64_t> mask_of_waiting_call(const Tracee& tracee, const Registers& registers) {
    BodyMemory memory(tracee.pid());
    return waiting_mask(registers.abi, static_cast<std::uint32_t>(registers.call_number()), registers.arguments(),
                        memory);
}

bool reenter_call(Tracee& tracee, const Registers& registers) {
    Registers before = registers;
    before.repeat_call(registers.result() == restart_by_kernel
                           ? static_cast<std::int64_t>(call_numbers(registers.abi).restart_syscall)
                           : registers.call_number());
    const std::uint64_t mask = tracee.signal_mask();
    tracee.set_registers(before);
    tracee.set_signal_mask(all_signals_wait);
    bool is_stop_kept = false;
    for (;;) {
        tracee.run_to_call();
        const Stop stop = tracee.wait();
        if (stop.kind == Stop::Kind::ended) {
            return false;
        }
        if (stop.kind == Stop::Kind::call && tracee.is_at_call_entry()) {
            break;
        }
        // Only SIGSTOP cannot be blocked.
        is_stop_kept = is_stop_kept || (stop.kind == Stop::Kind::signal && stop.signal == SIGSTOP);
    }
    tracee.set_signal_mask(mask);
    if (is_stop_kept) {
        stop_again(tracee.pid());
    }
    return true;
}

bool reenter_masked_call(Tracee& tracee) {
    const Registers registers = tracee.registers();
    if (!is_interrupted_call(registers)) {
        return true;
    }
    return !mask_of_waiting_call(tracee, registers) || reenter_call(tracee, registers);
}

}  // namespace openmosix
