// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi.h"

namespace openmosix {

/// Of every block of a request.
inline constexpr std::size_t block_alignment = 16;

constexpr std::size_t align_up(std::size_t offset, std::size_t alignment) {
    return (offset + alignment - 1) / alignment * alignment;
}

/// Whether a buffer may be one for O_DIRECT, which the kernel takes only where address and size are multiples of the
/// device's logical block, at least 512 bytes: its place in a page then counts.
constexpr bool is_for_direct_io(std::uint64_t address, std::uint64_t size) {
    constexpr std::uint64_t min_block = 512;
    return size >= min_block && size % min_block == 0 && address % min_block == 0;
}

/// Whether a buffer of the process may lie at this offset of the area.
constexpr bool can_lie_at(std::size_t offset, std::uint64_t address, std::uint64_t size) {
    return !is_for_direct_io(address, size) || offset % page_size == address % page_size;
}

/// Where a buffer of the process comes to lie, from `offset` on: at the same place in a page as in the process if that
/// may count.
constexpr std::size_t place_of_buffer(std::size_t offset, std::uint64_t address, std::uint64_t size) {
    if (!is_for_direct_io(address, size)) {
        return align_up(offset, block_alignment);
    }
    const auto wanted = static_cast<std::size_t>(address % page_size);
    constexpr auto page = static_cast<std::size_t>(page_size);
    const std::size_t place = offset / page * page + wanted;
    return place >= offset ? place : place + page;
}

}  // namespace openmosix
