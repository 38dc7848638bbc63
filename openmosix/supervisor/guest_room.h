// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace openmosix {

/// Bytes of memory that one more guest can have on this node, free swap included: the kernel swaps out what a control
/// group has beyond its memory.max, too. `control_groups`: the files that bodies are added to (Confinement), by which
/// guests are limited.
std::uint64_t room_for_guest(const std::vector<std::string>& control_groups);

/// Why a process with so many bytes of its own is not taken where there is so much room; none: it is.
std::optional<std::string> objection_to_memory(std::uint64_t needed, std::uint64_t room);

}  // namespace openmosix
