// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <csignal>
#include <cstdint>

#include "tracee/tracee.h"

namespace openmosix {

/// The signals by which the kernel tells a program of its own faults.
inline constexpr std::uint64_t fault_signals = std::uint64_t{1} << (SIGSEGV - 1) | std::uint64_t{1} << (SIGBUS - 1) |
                                               std::uint64_t{1} << (SIGILL - 1) | std::uint64_t{1} << (SIGFPE - 1) |
                                               std::uint64_t{1} << (SIGTRAP - 1) | std::uint64_t{1} << (SIGSYS - 1);

/// Whether a stopped process has a fault of its own to take before it does anything else. It cannot make calls for us
/// then: the kernel delivers the oldest fault first (kernel/signal.c, dequeue_synchronous_signal()), though it be
/// blocked, in place of our breakpoint. When it runs on, its next stop is the delivery.
bool has_own_fault(const Tracee& tracee);

}  // namespace openmosix
