// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace openmosix {

/// What VmFlags of a mapping in /proc/PID/smaps mean for a process that is to move (calls/process_properties.table).
struct MappingFlags {
    /// mapping_attribute.
    std::uint32_t attributes = 0;
    /// Why the process cannot move: the first reason; none: empty. Lives for ever.
    std::string_view refusal;
};

/// Of the two-letter words of the line. An unknown one is a reason not to move.
MappingFlags parse_mapping_flags(std::string_view words);

}  // namespace openmosix
