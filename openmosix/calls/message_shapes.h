// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "calls/request_builder.h"

namespace openmosix {

/// struct iovec lists (readv(2)): one block for all buffers together.
void add_vector_input(RequestBuilder& builder, std::size_t index, std::uint64_t count);
void add_vector_output(RequestBuilder& builder, std::size_t index, std::uint64_t count);

/// struct msghdr (sendmsg(2), recvmsg(2)) with all that it points to. File descriptors in control messages are home's
/// on both sides, so they need nothing.
void add_message_input(RequestBuilder& builder, std::size_t index);
void add_message_output(RequestBuilder& builder, std::size_t index);

/// A buffer and, in another argument, a pointer to its length (accept(2), getsockopt(2)).
void add_address_output(RequestBuilder& builder, std::size_t index, std::size_t length_index);

struct DirectCall {
    std::uint32_t number = 0;
    std::array<std::uint64_t, 6> arguments{};
};
/// socketcall(2) of i386 as the call that it stands for. None when its arguments cannot be read.
std::optional<DirectCall> direct_socket_call(const std::array<std::uint64_t, 6>& arguments, ProcessMemory& memory);

}  // namespace openmosix
