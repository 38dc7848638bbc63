// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace openmosix {

/// Bytes that the processes of a control group (cgroups(7), version 2) may still have, by its memory.max and
/// memory.current: those above it have limits of their own. Any number where it has no limit, or is none.
std::uint64_t room_in_group(const std::string& directory);

/// The same of the group that this process is in.
std::uint64_t room_in_own_group();

}  // namespace openmosix
