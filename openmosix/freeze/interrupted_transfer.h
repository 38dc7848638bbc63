// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <optional>

#include "abi.h"
#include "calls/call_request.h"
#include "tracee/tracee.h"

namespace openmosix {

/// Of a process at home that is stopped in a call that has moved only a part of its bytes because it was to be frozen:
/// lets it go on with the rest (rest_of_transfer()), for as long as that takes, so that the program sees one whole
/// call. Ends in a stop after the call, which is returned; none when there was nothing to do.
std::optional<Stop> finish_transfer(Tracee& tracee);

/// True if a call of this process may move less whenever it likes because of what it moves from or to: sendfile(2) to a
/// pipe does as splice(2), and a read gives what is there, but for the memory devices that always have as much as is
/// asked for (/dev/zero, /dev/urandom and their like; only of these does Linux break off a read for a signal), and what
/// is received by MSG_WAITALL is all only of a stream. Such a call must not go on, as who is at the other end may wait
/// for something else.
bool may_end_early(pid_t pid, Abi abi, const CallRequest& request);

}  // namespace openmosix
