// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

/// Attributes of a mapping that are neither protection nor content: what mmap(2) and madvise(2) set, and the kernel
/// shows in VmFlags of /proc/PID/smaps.
namespace openmosix::mapping_attribute {

/// MAP_GROWSDOWN.
inline constexpr std::uint32_t grows_down = 1U << 0U;
/// MAP_NORESERVE.
inline constexpr std::uint32_t no_reserve = 1U << 1U;
// madvise(2): MADV_DONTFORK, MADV_WIPEONFORK, MADV_DONTDUMP, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_MERGEABLE,
// MADV_SEQUENTIAL, MADV_RANDOM.
inline constexpr std::uint32_t dont_fork = 1U << 2U;
inline constexpr std::uint32_t wipe_on_fork = 1U << 3U;
inline constexpr std::uint32_t dont_dump = 1U << 4U;
inline constexpr std::uint32_t huge_pages = 1U << 5U;
inline constexpr std::uint32_t no_huge_pages = 1U << 6U;
inline constexpr std::uint32_t mergeable = 1U << 7U;
inline constexpr std::uint32_t sequential = 1U << 8U;
inline constexpr std::uint32_t random_access = 1U << 9U;
/// MAP_DROPPABLE: the kernel may drop its pages. What is made anew of it is ordinary memory, whose pages can be waited
/// for.
inline constexpr std::uint32_t droppable = 1U << 10U;

inline constexpr std::uint32_t all = (1U << 11U) - 1U;

/// False for what no mapping has: unknown attributes, or two that exclude each other.
constexpr bool is_valid(std::uint32_t attributes) {
    constexpr auto excludes = [](std::uint32_t value, std::uint32_t both) { return (value & both) == both; };
    return (attributes & ~all) == 0 && !excludes(attributes, huge_pages | no_huge_pages) &&
           !excludes(attributes, sequential | random_access);
}

}  // namespace openmosix::mapping_attribute
