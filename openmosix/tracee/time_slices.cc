// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/time_slices.h"

#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace openmosix {

namespace {

/// Nanoseconds: the shortest that the kernel takes.
constexpr std::uint64_t min_slice = 100'000;

// NOLINTBEGIN(cppcoreguidelines-pro-type-vararg)

/// 0: the kernel's own. Where it fails, or is not heeded, everything works as well, only later.
void set_slice(std::uint64_t nanoseconds) {
    sched_attr attributes{};
    if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0) {
        attributes.sched_runtime = nanoseconds;
        ::syscall(SYS_sched_setattr, 0, &attributes, 0);
    }
}

// NOLINTEND(cppcoreguidelines-pro-type-vararg)

}  // namespace

void prefer_short_slices() {
    set_slice(min_slice);
}

void prefer_usual_slices() {
    set_slice(0);
}

}  // namespace openmosix
