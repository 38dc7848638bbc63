// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace openmosix {

/// A line of /proc/PID/maps (proc(5)).
struct MappedRange {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    bool readable = false;
    bool writable = false;
    bool executable = false;
    bool shared = false;
    std::uint64_t offset = 0;
    std::uint32_t device_major = 0;
    std::uint32_t device_minor = 0;
    std::uint64_t inode = 0;
    /// A file's path, or a name in brackets; may be empty.
    std::string path;
};

/// Throws std::runtime_error that shows the line which makes no sense.
std::vector<MappedRange> parse_memory_map(std::string_view text);

/// Throws std::runtime_error when the process does not exist.
std::vector<MappedRange> read_memory_map(pid_t pid);

}  // namespace openmosix
