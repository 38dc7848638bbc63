// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/move_hints.h"

/// What the owner of a process has set in our kernel (docs/openmosix-interface.md): /proc/PID/lock, the mask of nodes
/// and /proc/PID/decay. The kernel hands it on to children by itself.
namespace openmosix::kernel {

/// A mask with more ranges is refused by the kernel.
inline constexpr std::size_t max_mask_ranges = 64;

/// The content of the three files of a mask: migfilter, migpolicy and mignodes.
struct NodeMask {
    std::string filter;
    std::string policy;
    std::string nodes;
};

/// Where a process with this mask may run, in order and apart: no ranges when it may run everywhere, {0, 0} when it may
/// run nowhere but at home. From any texts; none when they are no mask.
std::optional<std::vector<NodeRange>> allowed_nodes(const NodeMask& mask);
/// The inverse. Throws std::runtime_error when there are more than max_mask_ranges.
NodeMask to_mask(const std::vector<NodeRange>& allowed);

/// True if this kernel has the files.
bool has_process_settings();

/// None when the process is gone, or when the kernel has no such files. What kind of job it is and how its statistics
/// decay share one setting of the kernel: only one of `job` and `decay` is set, and none of them when nothing was said.
std::optional<MoveHints> read_process_settings(pid_t pid);

/// Those that are set. Throws std::runtime_error that says which file did not take it and why.
void write_process_settings(pid_t pid, const MoveHints& hints);

}  // namespace openmosix::kernel
