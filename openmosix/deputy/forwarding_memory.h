// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "common/file_descriptor.h"
#include "tracee/registers.h"
#include "tracee/tracee.h"

namespace openmosix {

/// The agent's area of a process at home, shared with its supervisor, so that what forwarded calls read and write is
/// copied only once. Mapped in the process by calls that it makes at its vDSO.
class ForwardingMemory {
public:
    ForwardingMemory() = default;
    /// The process stands. Throws std::system_error, std::runtime_error when there is no room for it or no vDSO.
    ForwardingMemory(Tracee& tracee, const Registers& frozen);
    ForwardingMemory(ForwardingMemory&& other) noexcept { *this = std::move(other); }
    ForwardingMemory& operator=(ForwardingMemory&& other) noexcept;
    ForwardingMemory(const ForwardingMemory&) = delete;
    ForwardingMemory& operator=(const ForwardingMemory&) = delete;
    ~ForwardingMemory();

    [[nodiscard]] bool is_mapped() const { return address_ != 0; }
    /// In the process.
    [[nodiscard]] std::uint64_t address() const { return address_; }
    /// The part for forwarded calls' buffers, as we see it.
    [[nodiscard]] std::span<std::uint8_t> forwarding_area() const;
    /// Removes it from the process, which stands and then stands at the exit of a call.
    void unmap(Tracee& tracee, const Registers& frozen);

private:
    clusterdisc::FileDescriptor file_;
    std::uint8_t* ours_ = nullptr;
    std::uint64_t address_ = 0;
};

}  // namespace openmosix
