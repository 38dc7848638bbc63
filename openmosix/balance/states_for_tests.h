// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "balance/node_state.h"
#include "balance/process_state.h"
#include "balance/yardstick.h"

/// What tests of decisions begin with.
namespace openmosix::balance::states_for_tests {

/// A node with one processor and 256 MiB, of which 156 are free.
inline NodeState node(NodeId id, double runnable, std::uint32_t speed = standard_speed) {
    NodeState state;
    state.node = id;
    state.speed = speed;
    state.runnable_hundredths = to_hundredths(runnable);
    state.total_pages = 65'536;
    state.free_pages = 40'000;
    return state;
}

/// A user's process that computes and may move.
inline ProcessState process(pid_t pid, Instant age = std::chrono::seconds(20), NodeId home = 1) {
    ProcessState state;
    state.id = {.home = home, .pid = pid};
    state.command = "blast";
    state.user = 1000;
    state.processor_time = age;
    state.pages = 1000;
    return state;
}

}  // namespace openmosix::balance::states_for_tests
