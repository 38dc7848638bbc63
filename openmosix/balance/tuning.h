// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "balance/seconds.h"

/// The constants of balancing, in one place, each with its reason. What was measured with them: docs/balancing.md.
namespace openmosix::balance::tuning {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// --- The load of a node ---------------------------------------------------------------------------------------------

/// The time constant of the mean of runnable processes: a burst shorter than this moves nothing, and a node that gets
/// work says so with its next message.
inline constexpr Instant load_time_constant = seconds(1);
/// What a hardware thread adds to the one it shares a core with. Marr et al., "Hyper-Threading Technology Architecture
/// and Microarchitecture", Intel Technology Journal 6(1), 2002, measured 16 to 28 %.
inline constexpr double sibling_share = 0.25;

// --- Gossip ---------------------------------------------------------------------------------------------------------

/// One message per interval to one member: two per second, as openMosix sent them.
inline constexpr Instant gossip_interval = milliseconds(500);
/// Entries of a message, the sender's own included; openMosix had 8. With all headers of om0 a message takes less than
/// 500 bytes, so a node sends less than 1 kB/s in a cluster of any size.
inline constexpr std::size_t max_entries_of_message = 8;
/// Only younger entries take part in decisions. In the simulator with 1,000 nodes some 60 nodes are known so well; an
/// older entry says more about the past than about where a process would arrive.
inline constexpr Instant max_age_for_decision = seconds(6);
/// Older ones are not passed on, and forgotten.
inline constexpr Instant max_age = seconds(30);
/// After this long without an entry of a node's former run, a new run of it is believed when others tell of it.
inline constexpr Instant run_change_age = seconds(3);
/// A node makes one entry per gossip message and one per admission; faster counting is a lie.
inline constexpr double max_entries_per_second = 50;
/// A node that said something impossible gets nothing for this long.
inline constexpr Instant distrust_time = minutes(1);
/// Runs of a node that have ended and are not believed again.
inline constexpr std::size_t max_retired_runs = 4;

// --- What a move costs before it was measured -----------------------------------------------------------------------

/// The program does not run for 4.4 to 4.7 ms (docs/figures.md); connection and handshake double that on a slow PC.
inline constexpr Instant first_freeze = milliseconds(20);
/// Of memory on its way, in bytes per second: 100 Mbit/s, as old PCs have it.
inline constexpr double first_bandwidth = 11e6;
/// While its memory follows, a program waits for pages during this share of the time: 0.08 of the whole run when
/// 256 MiB are read at random (docs/figures.md), more on processors that also have to encrypt what they receive.
inline constexpr double stall_share = 0.3;
/// A forwarded system call: 44 µs between idle nodes (docs/figures.md), more over a real network.
inline constexpr Instant first_call_latency = std::chrono::microseconds(150);
/// Share of a new measurement in the mean of measured costs.
inline constexpr double measurement_weight = 0.25;
/// Starting a program away instead of here: the handshake, and the faults for pages of its files.
inline constexpr Instant first_placement_cost = milliseconds(60);

// --- Decisions ------------------------------------------------------------------------------------------------------

/// Each node decides once per interval.
inline constexpr Instant decision_interval = seconds(1);
/// A round moves so many at most; between two moves of a round the estimates are updated by the first. With 4, the nine
/// jobs of twelve that are too many on the first of four nodes took three rounds.
inline constexpr std::size_t max_moves_per_round = 8;
/// A process that used less processor time is not looked at: most programs are shorter, and their age says nothing.
/// What is then worth the cost of a move is decided by age and cost. Twelve jobs that start on one processor have it
/// within a second, so that the first moves within two; with 0.5 s they waited for six.
inline constexpr Instant min_age = milliseconds(75);
/// Processes that compute in a smaller share of their time are not worth a move.
inline constexpr double min_demand = 0.25;
/// Of the time that the process would still take here: less gain is within the error of what is known. Also ends
/// balancing when nodes differ by one process of eight.
inline constexpr double min_gain_share = 0.12;
/// No process is moved for balance again before this time has passed: more than an entry's age and the mean of load
/// together, so that a decision is not made twice on what the first one changed.
inline constexpr Instant residency = seconds(8);
/// The same for moves that cannot wait (memory, the node's user).
inline constexpr Instant urgent_residency = seconds(3);
/// A process of this node that is home again sooner was called back by itself, as by each fork(2), or by an order: the
/// move has cost more than it gained, and the process stays as one that refused (first_reason_pause).
inline constexpr Instant min_stay = seconds(8);
/// A process goes back to a node that it left only when it would be so much faster there than it was: more than the
/// target may differ from what is believed of it (admission_tolerance: by a third, where 1.5 processes are believed and
/// 2 are there).
inline constexpr double min_return_gain = 1.4;
/// ... or after this time.
inline constexpr Instant return_memory = minutes(10);
/// Nodes of which a process knows that it left them. With residency, ten minutes could hold more, but then loads
/// change.
inline constexpr std::size_t max_former_nodes = 8;
/// Targets whose gain is less than the best by this share of the time that the process would take at the best are as
/// good, and one of them is chosen at random. Not of the gain itself: from a very busy node even a target with one more
/// process gains nearly as much, and what is spread unevenly so has to wait for its residency.
inline constexpr double good_target_share = 0.15;
/// A target that refused is not asked again for this long, and at most twice that (random).
inline constexpr Instant target_pause = seconds(2);
/// A process that could not move is looked at again after this time, then twice that, ... up to the maximum.
inline constexpr Instant first_reason_pause = seconds(10);
inline constexpr Instant max_reason_pause = minutes(10);
/// Processes that a round looks at, the oldest first: they gain most.
inline constexpr std::size_t max_processes_of_round = 32;
/// A refusal when the target has so many more runnable processes than the source believed.
inline constexpr double admission_tolerance = 0.5;
/// What is reserved for a process that does not arrive is free again after this time.
inline constexpr Instant reservation_time = seconds(10);
/// Admissions of a node that are under way at a time.
inline constexpr std::size_t max_reservations = 16;

// --- The user of a node ---------------------------------------------------------------------------------------------

/// Input at a terminal of the node that is older says nothing about who sits there now. HTCondor lets a job go on after
/// as long without input (its ContinueIdleTime).
inline constexpr Instant max_input_age = minutes(5);
/// Own programs keep a node busy from half a processor on, and wait when so much more is runnable than the processors
/// give: less comes and goes with each command.
inline constexpr double min_own_work = 0.5;
/// ... for so long: more than a command takes that somebody just looks at, and than the mean of load needs.
inline constexpr Instant min_own_wait = seconds(3);
/// The user still needs the node when its own programs last kept it busy this long ago: one who edits, compiles and
/// edits again does not want guests in between, and each of their moves costs something.
inline constexpr Instant own_user_pause = seconds(30);

// --- Memory ---------------------------------------------------------------------------------------------------------

/// Below this share of its memory free, a node is short of memory and moves processes away (Barak and Braverman's
/// memory ushering).
inline constexpr double shortage_share = 0.06;
/// A guest must leave this share of the target's memory free, so that it does not make the target short.
inline constexpr double reserve_share = 0.12;

// --- New programs ---------------------------------------------------------------------------------------------------

/// Processor time that a program of which nothing is known takes: the median of Pareto's distribution with k = -1 from
/// 0.1 s on is 0.2 s, its mean has no bound.
inline constexpr double unknown_work = 0.5;
/// The share of its time here that a new program must gain: what it needs is a guess, and its parent and its loader
/// have just run. A free processor is never left for a third less; one that is shared with another process is.
inline constexpr double min_placement_gain_share = 0.3;
/// Programs whose needs are remembered by their names.
inline constexpr std::size_t max_known_commands = 256;

// --- Explanations ---------------------------------------------------------------------------------------------------

inline constexpr std::size_t max_explained_processes = 1024;
inline constexpr std::size_t max_decisions_of_process = 4;
inline constexpr std::size_t max_candidates_of_decision = 6;

}  // namespace openmosix::balance::tuning
