// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "abi.h"

namespace openmosix {

/// The relative timeout of a call that begins anew when the call is made again. (select, ppoll and pselect6 write back
/// what is left, and with nanosleep and futex home's kernel goes on.)
struct CallTimeout {
    std::int64_t nanoseconds = 0;
    /// What the call returns when it is over.
    std::int64_t expired = 0;
};

/// Reads the beginning of what an argument of the call points to; false if that cannot be read.
using ReadArgument = std::function<bool(std::size_t argument, std::span<std::uint8_t> bytes)>;

/// None when the call has no such timeout, or waits without end.
std::optional<CallTimeout> find_call_timeout(Abi abi, std::uint32_t number,
                                             const std::array<std::uint64_t, 6>& arguments, const ReadArgument& read);

/// A call that waits at a socket as long as the socket says (socket(7), SO_RCVTIMEO and SO_SNDTIMEO).
struct SocketWait {
    int descriptor = -1;
    /// SO_RCVTIMEO or SO_SNDTIMEO.
    int option = 0;
    /// What the call returns when that time is over.
    std::int64_t expired = 0;
};

/// None when the call is not one of those that wait at a descriptor. That need not be a socket.
std::optional<SocketWait> find_socket_wait(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments,
                                           const ReadArgument& read);

}  // namespace openmosix
