// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include "calls/process_memory.h"

namespace openmosix {

/// A process's memory as the process itself may use it (process_vm_readv(2)). Waits for pages that a userfaultfd
/// provides, so somebody else must answer faults meanwhile.
class BodyMemory : public ProcessMemory {
public:
    explicit BodyMemory(pid_t pid) : pid_(pid) {}

    bool read(std::uint64_t address, std::span<std::uint8_t> bytes) override;
    bool write(std::uint64_t address, std::span<const std::uint8_t> bytes) override;

private:
    pid_t pid_;
};

}  // namespace openmosix
