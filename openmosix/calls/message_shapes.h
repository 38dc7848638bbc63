// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "calls/request_builder.h"

namespace openmosix {

/// struct msghdr (sendmsg(2), recvmsg(2)) with all that it points to. File
/// descriptors in control messages are home's on both sides, so they need
/// nothing.
void add_message_input(RequestBuilder& builder, std::size_t index);
void add_message_output(RequestBuilder& builder, std::size_t index);

/// struct mmsghdr lists (sendmmsg(2), recvmmsg(2)).
void add_messages_input(RequestBuilder& builder, std::size_t index, std::size_t count_index);
void add_messages_output(RequestBuilder& builder, std::size_t index, std::size_t count_index);

/// A buffer and, in another argument, a pointer to its length (accept(2)).
void add_address_output(RequestBuilder& builder, std::size_t index, std::size_t length_index);

struct DirectCall {
    std::uint32_t number = 0;
    std::array<std::uint64_t, 6> arguments{};
};
/// socketcall(2) and the first select(2) of i386, which have one pointer to all arguments, as the calls that they stand
/// for; others as they are. Throws Errno.
[[nodiscard]] DirectCall direct_call(Abi abi, std::uint32_t number, const std::array<std::uint64_t, 6>& arguments,
                                     ProcessMemory& memory);

}  // namespace openmosix
