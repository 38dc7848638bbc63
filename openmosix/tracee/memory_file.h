// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "common/file_descriptor.h"

namespace openmosix {

/// A process's memory as a file, /proc/PID/mem: also what its own protection forbids can be read and written, but pages
/// that a userfaultfd still has to provide cannot (EIO). Safe in any thread.
class MemoryFile {
public:
    /// Throws std::system_error when the process is gone or not ours to look into.
    explicit MemoryFile(pid_t pid);

    /// False when a part is not there.
    [[nodiscard]] bool read(std::uint64_t address, std::span<std::uint8_t> bytes) const;
    /// How many bytes from the beginning could be read.
    [[nodiscard]] std::size_t read_some(std::uint64_t address, std::span<std::uint8_t> bytes) const;
    [[nodiscard]] bool write(std::uint64_t address, std::span<const std::uint8_t> bytes) const;

private:
    clusterdisc::FileDescriptor file_;
};

}  // namespace openmosix
