// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tracee/agent.h"
#include "tracee/memory_file.h"

namespace openmosix {

/// Memory of the deputy for the buffers of one call that the forwarding area cannot hold: so that it stays one call.
class LargeArea {
public:
    /// The process is stopped. None when it cannot have so much memory.
    static std::optional<LargeArea> map(Agent& agent, const MemoryFile& memory, std::uint64_t size);
    /// The process is stopped, and still has it.
    void unmap(Agent& agent) const;

    /// In the process.
    [[nodiscard]] std::uint64_t address() const { return address_; }
    /// Both throw std::runtime_error when the process has ended.
    void write(std::uint64_t offset, std::span<const std::uint8_t> bytes) const;
    void read(std::uint64_t offset, std::span<std::uint8_t> bytes) const;

private:
    LargeArea(const MemoryFile& memory, std::uint64_t address, std::uint64_t size)
        : memory_(&memory), address_(address), size_(size) {}

    const MemoryFile* memory_;
    std::uint64_t address_;
    std::uint64_t size_;
};

}  // namespace openmosix
