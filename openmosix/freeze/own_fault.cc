// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/own_fault.h"

#include <algorithm>

#include "signals/signal_info.h"

namespace openmosix {

bool has_own_fault(const Tracee& tracee) {
    constexpr std::uint64_t faults = std::uint64_t{1} << (SIGSEGV - 1) | std::uint64_t{1} << (SIGBUS - 1) |
                                     std::uint64_t{1} << (SIGILL - 1) | std::uint64_t{1} << (SIGFPE - 1) |
                                     std::uint64_t{1} << (SIGTRAP - 1) | std::uint64_t{1} << (SIGSYS - 1);
    const std::uint64_t taken = faults & ~tracee.signal_mask();
    return std::ranges::any_of(waiting_signals(tracee.pid()), [taken](const siginfo_t& info) {
        return info.si_code > SI_USER && (taken >> static_cast<unsigned>(info.si_signo - 1) & 1U) != 0;
    });
}

}  // namespace openmosix
