// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracee/time_slices.h"

#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace openmosix {

namespace {

/// Nanoseconds: the shortest that the kernel takes.
constexpr std::uint64_t shortest_slice = 100'000;

// NOLINTBEGIN(cppcoreguidelines-pro-type-vararg)

void set_attributes(sched_attr attributes) {
    attributes.size = sizeof attributes;
    // Where it fails, or is not heeded, everything works as well, only later.
    ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

void prefer_short_slices() {
    sched_attr attributes{};
    if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0) {
        attributes.sched_runtime = shortest_slice;
        set_attributes(attributes);
    }
}

void prefer_usual_slices() {
    set_attributes({});
}

// NOLINTEND(cppcoreguidelines-pro-type-vararg)

}  // namespace openmosix
