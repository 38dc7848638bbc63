// SPDX-License-Identifier: GPL-2.0-or-later
#include "deputy/breakpoint_stops.h"

#include "signals/pending_signals.h"
#include "signals/signal_info.h"
#include "tracee/agent.h"

namespace openmosix {

void finish_breakpoint(Tracee& tracee) {
    bool is_stop_kept = false;
    tracee.run();
    for (;;) {
        const Stop stop = tracee.wait();
        if (stop.kind == Stop::Kind::ended || (stop.kind == Stop::Kind::signal && stop.signal == SIGTRAP)) {
            break;
        }
        is_stop_kept = is_stop_kept || (stop.kind == Stop::Kind::signal && stop.signal == SIGSTOP);
        tracee.run();
    }
    if (is_stop_kept) {
        stop_again(tracee.pid());
    }
}

std::vector<siginfo_t> take_signals_at_breakpoint(Tracee& tracee, const Registers& registers, std::uint64_t numbers) {
    std::vector<siginfo_t> taken;
    bool is_stop_kept = false;
    // A timer can send another one as soon as one has been taken.
    const std::size_t max_taken = waiting_signals(tracee.pid()).size();
    tracee.set_signal_mask(all_signals_wait & ~numbers);
    while (taken.size() < max_taken && (pending_signals(tracee.pid()) & numbers) != 0) {
        tracee.set_registers(registers);
        for (bool is_at_breakpoint = false; !is_at_breakpoint;) {
            tracee.run();
            const Stop stop = tracee.wait();
            if (stop.kind == Stop::Kind::ended) {
                return taken;
            }
            is_at_breakpoint = stop.kind == Stop::Kind::signal && stop.signal == SIGTRAP;
            if (stop.kind == Stop::Kind::signal && stop.signal == SIGSTOP) {
                is_stop_kept = true;
            } else if (stop.kind == Stop::Kind::signal && !is_at_breakpoint) {
                taken.push_back(tracee.signal_info());
                if (taken.size() == max_taken) {
                    tracee.set_signal_mask(all_signals_wait);
                }
            }
        }
    }
    if (is_stop_kept) {
        stop_again(tracee.pid());
    }
    return taken;
}

}  // namespace openmosix
