// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace openmosix {

/// The memory of a process that makes system calls: the seam to the kernel.
class ProcessMemory {
public:
    ProcessMemory() = default;
    ProcessMemory(const ProcessMemory&) = default;
    ProcessMemory& operator=(const ProcessMemory&) = default;
    ProcessMemory(ProcessMemory&&) = default;
    ProcessMemory& operator=(ProcessMemory&&) = default;
    virtual ~ProcessMemory() = default;

    /// False when the process itself could not read or write all of it (EFAULT).
    virtual bool read(std::uint64_t address, std::span<std::uint8_t> bytes) = 0;
    virtual bool write(std::uint64_t address, std::span<const std::uint8_t> bytes) = 0;
};

}  // namespace openmosix
