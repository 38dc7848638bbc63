// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "abi.h"
#include "calls/call_request.h"

namespace openmosix {

/// Why a request from another node must not be carried out; none when it may be. It must be of a class that goes home,
/// and stay within the area.
std::optional<std::string> refuse(Abi abi, const CallRequest& request, std::uint64_t area_size);

}  // namespace openmosix
