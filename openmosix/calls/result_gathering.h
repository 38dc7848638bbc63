// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "calls/call_request.h"

namespace openmosix {

/// What a request asks for of the area, when the call gave this value. The
/// request has been checked (request_check.h), and the area has the size that
/// it asks for.
[[nodiscard]] std::vector<std::uint8_t> gather_outputs(const CallRequest& request, std::int64_t value,
                                                       std::span<const std::uint8_t> area);
/// The same of an area of which `read` copies what begins at an offset.
[[nodiscard]] std::vector<std::uint8_t> gather_outputs(
    const CallRequest& request, std::int64_t value,
    const std::function<void(std::uint32_t offset, std::span<std::uint8_t> bytes)>& read);

}  // namespace openmosix
