// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "balance/admission.h"
#include "balance/move_costs.h"
#include "balance/node_state.h"
#include "balance/process_state.h"

namespace openmosix::balance {

/// What stood for or against a node as the target of a process.
enum class Verdict : std::uint8_t {
    chosen,
    /// Good enough, but the random choice fell on another one.
    also_good,
    not_best,
    /// Costs more than it gains, or gains less than tuning::min_gain_share.
    no_gain,
    takes_no_guests,
    /// The user of the process has said where it may run, and not there.
    not_allowed,
    own_user,
    other_abi,
    memory,
    distrusted,
    /// It refused or failed not long ago.
    paused,
    /// The process left it not long ago, and nothing has changed there.
    left_lately,
};
const char* to_text(Verdict verdict);

/// A node as the target of a process, with what would come of it.
struct Candidate {
    NodeId node = 0;
    Verdict verdict = Verdict::no_gain;
    /// Runnable processes there, without this one, as they are believed to be now.
    double runnable = 0;
    /// Standard processor seconds per second that the process would get there, forwarded calls considered.
    double pace = 0;
    /// What the move itself costs, and what the rest of the work takes there, in seconds.
    double move_seconds = 0;
    double run_seconds = 0;
    /// Seconds that other processes gain at the source less those that they lose at the target.
    double others_gain = 0;
    /// All gains and losses together, in seconds; what candidates are compared by.
    double gain = 0;
};

/// The process where it is now.
struct HereAndNow {
    /// Standard processor seconds that it is expected to need still.
    double work = 0;
    double pace = 0;
    double run_seconds = 0;
    /// Waiting for forwarded calls per standard second of work, when it is away from home.
    double call_seconds_of_work = 0;
    /// Runnable processes of this node, this one included.
    double runnable = 0;
};

/// `expected_work`: standard processor seconds; without it, as much as the process has had already: for lifetimes with
/// P(L > t) = a/t the median of the rest is the age. Harchol-Balter and Downey, "Exploiting process lifetime
/// distributions for dynamic load balancing", ACM TOCS 15(3), 1997.
HereAndNow assess_here(const ProcessState& process, const NodeState& own, double runnable, const MoveCosts& costs,
                       std::optional<double> expected_work = std::nullopt);

/// What forbids the target whatever would be gained; none when nothing does.
std::optional<Verdict> obstacle(const ProcessState& process, const NodeState& target);

/// Fills in all but the verdict. Rates of progress here and there give the gain of the process itself: Harchol-Balter's
/// criterion "age > cost / (n - m)" is the case of equal speeds. What other processes gain and lose by it counts as
/// long as it runs; a target that gets short of memory costs by Amir's formula (memory_limits.h), in shares of the
/// time.
Candidate assess_there(const ProcessState& process, const HereAndNow& here, const NodeState& own,
                       const NodeState& target, double move_seconds, std::size_t nodes);

/// True if the gain is worth a move by itself: at least this share of the time here, which is the error of what is
/// known, and not at the process's expense.
bool is_gain(const Candidate& candidate, const HereAndNow& here, double min_share);

/// True if the process left this node not long ago, and would not be much faster there than it was.
bool is_return_without_change(Instant now, const ProcessState& process, const Candidate& candidate);

}  // namespace openmosix::balance
