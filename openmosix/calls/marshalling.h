// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "abi.h"
#include "calls/call_request.h"
#include "calls/process_memory.h"
#include "calls/request_builder.h"

namespace openmosix {

/// A system call of a body that the deputy makes: what goes there, and where
/// what comes back belongs.
class ForwardedCall {
public:
    /// What the table says about this call, with all that its arguments point to.
    /// Buffers that do not fit into `largest_area` are cut short where the caller
    /// must expect that (read, write, ...). A pointer that leads nowhere is
    /// EFAULT here already, whatever else is wrong with the call; one that cannot
    /// be written is it afterwards.
    ///
    /// `done` bytes of a buffer that was cut short have been moved already: this
    /// is the call for what is left. Home's kernel would have gone on by itself,
    /// so a supervisor that wants the program to see one whole transfer asks for
    /// the rest as long as was_clamped() and the result is transfer_size(); what
    /// it then gives is the sum, and an error or a shorter result only ends it.
    /// For what is read that holds of regular files alone: a pipe or a socket
    /// would wait for more than it has.
    static std::variant<ForwardedCall, NeedsHome, Errno> prepare(Abi abi, std::uint32_t number,
                                                                 const std::array<std::uint64_t, 6>& arguments,
                                                                 ProcessMemory& memory, std::uint32_t largest_area,
                                                                 std::uint64_t done = 0);

    [[nodiscard]] const CallRequest& request() const { return request_; }
    /// Less is asked for than the process wants: it did not fit.
    [[nodiscard]] bool was_clamped() const { return was_clamped_; }
    /// Bytes that the call moves when nothing keeps it from doing so; for
    /// read(2), write(2) and their kin.
    [[nodiscard]] std::uint64_t transfer_size() const { return transfer_size_; }

    /// Writes what came back into the body's memory; returns what the call gives:
    /// the deputy's value, or -EFAULT.
    [[nodiscard]] std::int64_t finish(const CallResult& result, ProcessMemory& memory) const;

private:
    CallRequest request_;
    std::vector<WriteBack> backs_;
    bool was_clamped_ = false;
    std::uint64_t transfer_size_ = 0;
};

/// How many bytes of an output there are when the call gave this value.
[[nodiscard]] std::uint32_t output_length(const CallRequest::Output& output, std::int64_t value);

}  // namespace openmosix
