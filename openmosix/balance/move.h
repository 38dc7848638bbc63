// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "balance/admission.h"

namespace openmosix::balance {

/// A move that is to be made. Who makes it asks the target first (`request`), then tells MovePlanner::move_ended().
struct Move {
    ProcessId process;
    /// Its home means that it comes home.
    NodeId target = 0;
    MovePurpose purpose = MovePurpose::balance;
    AdmissionRequest request;
    /// How fast it was here: goes with it as FormerNode::pace.
    double pace_here = 0;
    /// Seconds that the move gains, by what is known.
    double gain = 0;
};

/// Requests of one round overtake each other on the way: each expects the others of the round at its target. Not so for
/// a process that goes back to a node, which does so only for what it expected.
void expect_each_other(std::vector<Move>& moves, std::span<const ProcessState> processes);

/// It runs at the target.
struct MoveDone {
    /// How long the program did not run, for a new one handshake included; zero when that is not known yet.
    Instant freeze{};
    /// What its memory took; zero when that is not known yet.
    std::uint64_t bytes = 0;
    Instant transfer{};
};
/// The process cannot move, as `cantmove` says.
struct ProcessRefused {
    std::string reason;
};
/// The target could not be reached or broke off; the process runs here.
struct MoveFailed {
    std::string reason;
};
using MoveResult = std::variant<MoveDone, AdmissionRefusal, ProcessRefused, MoveFailed>;

/// In words, with what others have said, unescaped.
std::string to_text(const MoveResult& result);

}  // namespace openmosix::balance
