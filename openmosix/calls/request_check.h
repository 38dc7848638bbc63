// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "abi.h"
#include "calls/call_request.h"

namespace openmosix {

/// More than any call has that the other side puts together: a list of 1024 messages with a few buffers each, or of
/// 1024 buffers.
inline constexpr std::size_t max_relocations = 16384;
inline constexpr std::size_t max_outputs = 4096;

/// Why a request from another node must not be carried out; none when it may
/// be. It must be of a class that goes home, and stay within the area.
[[nodiscard]] std::optional<std::string> refuse(Abi abi, const CallRequest& request, std::uint64_t area_size);

}  // namespace openmosix
