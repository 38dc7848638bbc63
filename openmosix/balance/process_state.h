// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "balance/node_state.h"
#include "balance/seconds.h"

namespace openmosix::balance {

/// A process of the cluster: its home and its pid there.
struct ProcessId {
    NodeId home = 0;
    pid_t pid = 0;

    bool operator==(const ProcessId&) const = default;
    bool operator<(const ProcessId& other) const { return home != other.home ? home < other.home : pid < other.pid; }
};

/// What a process is to the node, as far as that forbids to move it.
enum class ProcessKind : std::uint8_t {
    ordinary,
    /// Belongs to a unit of systemd other than a session of a user.
    system_service,
    /// Leads the session of a terminal, is the shell that login(1) started, or is in its foreground and waits for its
    /// user more than it computes.
    interactive,
};

/// Node ids from `first` to `last`.
struct NodeSpan {
    NodeId first = 0;
    NodeId last = 0;
};
/// True if the node is in one of the spans.
bool contains(std::span<const NodeSpan> spans, NodeId node);

/// Whether a user has locked it (`/proc/PID/lock`).
enum class MoveLock : std::uint8_t { unlocked, locked };

/// A node that a process has left, and how fast it was there then.
struct FormerNode {
    NodeId node = 0;
    Instant left{};
    /// Standard processor seconds per second (pace.h).
    double pace = 0;
};

/// Puts a node first in the list of those that a process has left: each is there once, tuning::max_former_nodes in all.
void remember_departure(std::vector<FormerNode>& former, const FormerNode& left);

/// A process that runs on this node now, of its own or a guest. omd measures it about once per second.
struct ProcessState {
    ProcessId id;
    std::string command;
    uid_t user = 0;
    std::string control_group;
    ProcessKind kind = ProcessKind::ordinary;
    MoveLock lock = MoveLock::unlocked;
    /// Where it may run besides its home, as its user says (openMosix's mignodes); empty: everywhere.
    std::vector<NodeSpan> allowed;
    Abi abi = Abi::i386;
    /// The first line of cantmove; empty when it can move.
    std::string cant_move;
    /// Processor time that it has used in its whole life, wherever it was.
    Instant processor_time{};
    /// The share of the last seconds in which it ran or could run, 0 to 1: what it adds to the mean of runnable
    /// processes of a node.
    double demand = 1;
    /// Resident memory.
    std::uint32_t pages = 0;
    /// System calls that are or would be forwarded, and the bytes of their buffers, per second of processor time here.
    double calls_per_second = 0;
    double call_bytes_per_second = 0;
    /// When it came to this node by a move, by this node's clock; none when it started here.
    std::optional<Instant> arrived;
    /// The nodes that it left, the last one first; see remember_departure(). Travels with the process, times as ages.
    std::vector<FormerNode> former;
};

/// True if the user of the process lets it run on this node (ProcessState::allowed).
bool is_allowed(const ProcessState& process, NodeId node);

}  // namespace openmosix::balance
