// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tracee/tracee.h"

namespace openmosix {

/// Whether a stopped process has a fault of its own to take before it does anything else. It cannot make calls for us
/// then: the kernel delivers the oldest fault first (kernel/signal.c, dequeue_synchronous_signal()), though it be
/// blocked, in place of our breakpoint. When it runs on, its next stop is the delivery.
bool has_own_fault(const Tracee& tracee);

}  // namespace openmosix
