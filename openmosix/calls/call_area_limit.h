// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "calls/call_request.h"
#include "tracee/agent_area.h"

namespace openmosix {

/// Bytes of memory that this node gives to the buffers of one call: max_call_area, or less where that would be much.
inline std::uint32_t call_area_limit() {
    constexpr std::uint64_t share = 16;
    const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
    return static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(pages * page_size / share, agent_area::forwarding_size, max_call_area));
}

}  // namespace openmosix
