// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "balance/node_state.h"
#include "balance/process_state.h"

namespace openmosix::balance {

/// A list by command, user and control group. A command or a control group may have `*` for any characters; a control
/// group means those below it, too.
struct SelectionList {
    std::vector<std::string> commands;
    std::set<uid_t> users;
    std::vector<std::string> control_groups;

    [[nodiscard]] bool is_empty() const { return commands.empty() && users.empty() && control_groups.empty(); }
    [[nodiscard]] bool has(const ProcessState& process) const;
};

enum class RootProcesses : std::uint8_t { stay, may_move };

/// Which processes may be moved by themselves (omd.toml).
struct Selection {
    /// When it is not empty, only what it has.
    SelectionList included;
    /// Never, whatever `included` says.
    SelectionList excluded;
    RootProcesses root = RootProcesses::stay;
};

/// What forbids to move a process by itself.
enum class StayReason : std::uint8_t {
    locked,
    cant_move,
    system_service,
    interactive,
    of_root,
    excluded,
    not_included,
    /// The node's `stay`, or its `lstay` for a process of its own.
    node_stays,
    /// It came here, or was moved last, less than tuning::residency ago.
    moved_lately,
    too_young,
    /// It gave a reason, failed, or was home again at once, not long ago.
    refused_before,
    /// tuning::max_processes_of_round others have used more processor time.
    not_among_oldest,
};
const char* to_text(StayReason reason);

/// What forbids for good to move this process of `node` by itself, for whatever purpose; none when nothing does. For
/// processes of other nodes their home has decided; only locks and what forbids moves at all count for them here.
std::optional<StayReason> permanent_stay_reason(const ProcessState& process, const NodeState& node,
                                                const Selection& selection);

/// Whether `text` matches a pattern in which `*` stands for any characters, also for none. Takes time proportional to
/// the product of both lengths.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace openmosix::balance
