// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "calls/request_builder.h"

namespace openmosix {

/// UIO_MAXIOV: of buffers in a list, and of messages in one.
inline constexpr std::uint64_t max_list_length = 1024;

/// One entry of a list of buffers, struct iovec.
struct Buffer {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
};

/// None when it cannot be read, or is longer than the kernel reads.
std::optional<std::vector<Buffer>> read_buffer_list(RequestBuilder& builder, std::uint64_t address,
                                                    std::uint64_t count);

/// What becomes of buffers that cannot be read.
enum class Unreadable : std::uint8_t {
    /// As for a file: what comes before them is written, and they fail only when that is nothing.
    ends,
    /// The kernel is shown that they are nowhere.
    stays,
};
/// A list for the kernel at home, and what its buffers contain.
RequestBuilder::Block add_input_buffers(RequestBuilder& builder, std::vector<Buffer> buffers, Unreadable rule);

/// A list for the kernel at home, and room for what it writes: as much as the call's result says.
RequestBuilder::Block add_output_buffers(RequestBuilder& builder, const std::vector<Buffer>& buffers);
/// The same for a message (sendmsg(2)), whose buffers lie one behind another; `said` is where a number says how much
/// there is, `min_value` as in WriteBack.
RequestBuilder::Block add_message_buffers(RequestBuilder& builder, const std::vector<Buffer>& buffers,
                                          const std::optional<WriteBack::Length>& said, std::int64_t min_value);

/// The buffers of readv(2), writev(2) and their kin, in an argument of which another says how many there are.
void add_vector_input(RequestBuilder& builder, std::size_t index, std::uint64_t count);
void add_vector_output(RequestBuilder& builder, std::size_t index, std::uint64_t count);

}  // namespace openmosix
