// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace openmosix {

/// Of /proc/meminfo's content (proc(5)) the kilobytes in the line of this name, as "MemAvailable"; 0 when it has none.
std::uint64_t kilobytes_of(std::string_view meminfo, std::string_view name);

/// Bytes that could be had on this machine without swapping; 0 when that is not known.
std::uint64_t available_memory();
/// Bytes of swap that are free; 0 when that is not known.
std::uint64_t free_swap();

}  // namespace openmosix
