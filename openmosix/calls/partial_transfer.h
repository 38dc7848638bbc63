// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "abi.h"
#include "calls/call_request.h"

namespace openmosix {

/// What is left of a call of which `done` bytes have been moved when something interrupted it that the program does not
/// see: its own call would have gone on. None when nothing is left or nothing was done, and for calls that may move
/// less whenever they like, as splice(2). Whether a call may do so because of what it moves from or to, as read(2) of a
/// pipe, this does not know (freeze/interrupted_transfer.h).
///
/// The request has been checked (request_check.h). Pointers that it does not place in the area are the process's own.
std::optional<CallRequest> rest_of_transfer(Abi abi, const CallRequest& request, std::uint64_t done);

/// What such a call gives after its rest has given `last`: an error only ends it, and comes again with the next call.
constexpr std::int64_t result_of_transfer(std::uint64_t done, std::int64_t last) {
    return done == 0 ? last : static_cast<std::int64_t>(done) + (last > 0 ? last : 0);
}

}  // namespace openmosix
