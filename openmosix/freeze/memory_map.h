// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
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
    /// A file's path, or a name in brackets; may be empty. As the kernel writes it: " (deleted)" at its end for a file
    /// without a name, and \012 for a line feed in it, which cannot be told from these four characters.
    std::string path;
    // Of VmFlags, which only /proc/PID/smaps shows.
    /// mapping_attribute.
    std::uint32_t attributes = 0;
    /// Why a process that has such a mapping cannot move; none: empty.
    std::string_view refusal;
};

/// In the order of the lines, which the kernel sorts by address. Throws std::runtime_error that shows the first
/// malformed line.
std::vector<MappedRange> parse_memory_map(std::string_view text);

/// Of a process that stands: the kernel gives a running one's map page by page, and it may change between them. Empty
/// for a kernel thread and for a process that has ended and was not waited for. Throws std::runtime_error when the
/// process does not exist, and std::system_error when we may not read its map.
std::vector<MappedRange> read_memory_map(pid_t pid);

/// From /proc/PID/smaps, with what VmFlags say. Throws as parse_memory_map() does.
std::vector<MappedRange> parse_detailed_map(std::string_view text);

/// The same of a process that may run, with what VmFlags say. The kernel walks through all page tables for it: some
/// tens of milliseconds for a gigabyte. Throws as read_memory_map() does.
std::vector<MappedRange> read_detailed_map(pid_t pid);

/// The lowest address from which so many bytes are free that `size` bytes there are in nobody's way: a stack may grow
/// behind them. None for none, and where there is no such place.
std::optional<std::uint64_t> find_gap(const std::vector<MappedRange>& map, std::uint64_t size);

/// Whether it is the vDSO, or the data that it reads.
bool is_kernel_page(const MappedRange& range);
/// Whether the kernel has put it there, and not the program: a kernel page, or the fixed one for old programs of amd64.
bool belongs_to_kernel(const MappedRange& range);

}  // namespace openmosix
