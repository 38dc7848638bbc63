// SPDX-License-Identifier: GPL-2.0-or-later
#include "deputy/breakpoint_stops.h"

#include <array>

#include "signals/pending_signals.h"
#include "signals/signal_info.h"
#include "tracee/agent.h"

namespace openmosix {

namespace {

constexpr std::size_t max_signal = 64;

}  // namespace

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
    std::array<std::size_t, max_signal + 1> left{};
    for (const siginfo_t& info : waiting_signals(tracee.pid())) {
        ++left.at(static_cast<std::size_t>(info.si_signo));
    }
    tracee.set_signal_mask(all_signals_wait & ~numbers);
    while ((pending_signals(tracee.pid()) & numbers) != 0) {
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
                std::size_t& rest = left.at(static_cast<std::size_t>(stop.signal));
                rest -= rest > 0 ? 1 : 0;
                if (rest == 0) {
                    numbers &= ~(std::uint64_t{1} << static_cast<unsigned>(stop.signal - 1));
                    tracee.set_signal_mask(all_signals_wait & ~numbers);
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
