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
    /// What the table says about this call, with all that its arguments point to. A call whose buffers do not fit into
    /// `max_area` needs home: none is cut. A pointer that leads nowhere does so at home, too, where the kernel says
    /// what is wrong with the call first; one that cannot be written is EFAULT afterwards.
    static std::variant<ForwardedCall, NeedsHome, Errno> prepare(Abi abi, std::uint32_t number,
                                                                 const std::array<std::uint64_t, 6>& arguments,
                                                                 ProcessMemory& memory, std::uint32_t max_area);

    [[nodiscard]] const CallRequest& request() const { return request_; }
    /// To be sent; only what finish() needs of it stays here.
    [[nodiscard]] CallRequest take_request();
    /// Writes what came back into the body's memory; returns what the call gives:
    /// the deputy's value, or -EFAULT.
    [[nodiscard]] std::int64_t finish(const CallResult& result, ProcessMemory& memory) const;

private:
    CallRequest request_;
    std::vector<WriteBack> backs_;
};

/// How many bytes of an output there are when the call gave this value.
[[nodiscard]] std::uint32_t output_length(const CallRequest::Output& output, std::int64_t value);

}  // namespace openmosix
