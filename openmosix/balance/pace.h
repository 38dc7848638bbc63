// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "balance/node_state.h"

namespace openmosix::balance {

/// Progress of a process in standard processor seconds per second: what it gets of a processor of `node`, times its
/// speed, when `runnable` processes are there, itself included.
double pace(const NodeState& node, double runnable);

/// The same when its calls are forwarded: `call_seconds_of_work` of waiting go with each standard second of work.
double pace_away(const NodeState& node, double runnable, double call_seconds_of_work);

}  // namespace openmosix::balance
