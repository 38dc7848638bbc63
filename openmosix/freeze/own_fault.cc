// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze/own_fault.h"

#include <algorithm>

#include "signals/signal_info.h"

namespace openmosix {

bool has_own_fault(const Tracee& tracee) {
    const std::uint64_t taken = fault_signals & ~tracee.signal_mask();
    return std::ranges::any_of(waiting_signals(tracee.pid()), [taken](const siginfo_t& info) {
        return info.si_code > SI_USER && (taken >> static_cast<unsigned>(info.si_signo - 1) & 1U) != 0;
    });
}

}  // namespace openmosix
